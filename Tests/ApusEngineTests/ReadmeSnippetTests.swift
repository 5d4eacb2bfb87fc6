import ApusCore
import ApusEngine
import ApusSQLite
import Foundation
import SystemPackage
import Testing

// The lines of README.md, "In an application", compiled and run.

func prepareDatabase(in folder: FilePath) async throws {
    let driver = SQLiteDriver(path: folder.appending("guests.db").string)
    let migrator = Migrator(
        driver: driver,
        folder: MigrationFolder(folder.appending("migrations/sqlite"), dialect: .sqlite),
        catalogue: try CatalogueFile.read(folder.appending("versions.yaml").string),
        backups: BackupStore(folder: folder.appending("backups")))
    let report = try await migrator.migrate(to: SemanticVersion(1, 1, 0))
    if let failure = report.failure { throw failure }

    let gate = Gate(driver: driver, catalogue: migrator.catalogue)
    try await gate?.pass(waitingAtMost: .seconds(120))
}

@Suite struct ReadmeSnippetTests {
    private let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL

    @Test func `the readme's lines prepare the example's database`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "apus-readme-\(UUID().uuidString)")
        try FileManager.default.copyItem(
            at: root.appending(path: "Examples/GuestRegistration"), to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }

        try await prepareDatabase(in: FilePath(folder.path))

        let database = SQLiteDriver(path: folder.appending(path: "guests.db").path)
        let migrator = Migrator(
            driver: database,
            folder: MigrationFolder(
                FilePath(folder.path).appending("migrations/sqlite"), dialect: .sqlite))
        let state = try await migrator.state()
        #expect(state.version == SemanticVersion(1, 1, 0))
        #expect(state.pending.allSatisfy { $0.id.version > SemanticVersion(1, 1, 0) })
    }

    @Test func `the readme shows the lines that are compiled here`() throws {
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let start = try #require(source.range(of: "func prepareDatabase"))
        let end = try #require(source.range(of: "\n}\n", range: start.lowerBound..<source.endIndex))
        #expect(readme.contains(source[start.lowerBound..<end.upperBound]))
    }
}
