import ApusCore
import ApusEngine
import Foundation
import SystemPackage
import Testing

extension ConformanceBench {
    /// A backup of the usual migration, in a folder that goes away.
    func withBackup(
        _ body: (URL, BackupContents) async throws -> Void
    ) async throws {
        try await withRun { session, run in try await succeed(try things().upStep(), session, run) }
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "apus-conformance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = driver.backupSource
        let form = source.form(forSize: try await source.size(), jobs: nil)
        #expect(!form.isFolder, "a small database is one file")
        let file = folder.appending(path: "backup.\(form.fileExtension)")
        #expect(
            FileManager.default.createFile(
                atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o600]))
        try await source.check()
        let contents = try await source.write(to: FilePath(file.path), as: form) { _ in }
        try await body(file, contents)
    }

    func backupReadsBack() async throws {
        try await withBackup { file, contents in
            #expect(contents.server.hasPrefix(driver.engine.displayName))
            #expect(!contents.tool.isEmpty)
            if query != nil {
                #expect(contents.tables.first { $0.name.hasSuffix("things") }?.rows == 2)
            }
            #expect(contents.tables.map(\.name) == contents.tables.map(\.name).sorted())
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            try await driver.backupSource.readBack(FilePath(file.path))
            let left = try FileManager.default.contentsOfDirectory(
                atPath: file.deletingLastPathComponent().path)
            #expect(left == [file.lastPathComponent])
        }
    }

    func damagedBackupIsDetected() async throws {
        try await withBackup { file, _ in
            let whole = try Data(contentsOf: file)
            var beheaded = whole
            beheaded[0] ^= 0xFF
            let damaged = [
                whole.prefix(0), whole.prefix(whole.count / 2), whole.prefix(whole.count - 1),
                beheaded,
            ]
            for bytes in damaged {
                try bytes.write(to: file)
                let error = await #expect(throws: DatabaseError.self, "\(bytes.count) bytes") {
                    try await driver.backupSource.readBack(FilePath(file.path))
                }
                #expect(error?.code == .backupDamaged)
            }
            try whole.write(to: file)
            try await driver.backupSource.readBack(FilePath(file.path))
        }
    }

    func schemaScriptRecreates() async throws {
        let rich = try migration("1.0.0", up: scripts.richSchema, down: "SELECT 1;")
        try await withRun { session, run in try await succeed(rich.upStep(), session, run) }
        let script = try await driver.schemaScript()
        #expect(!script.contains("apus"))
        #expect(script.contains("guests_by_trip") && script.contains("guests_touch"))

        let copy = ConformanceBench(
            driver: try await makeDriver(), makeDriver: makeDriver, query: query)
        let again = try copy.migration("1.0.0", up: script, down: "SELECT 1;")
        try await copy.withRun { session, run in
            try await copy.succeed(again.upStep(), session, run)
        }
        #expect(try await copy.driver.schemaScript() == script)
    }
}
