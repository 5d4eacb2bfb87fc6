import ApusCore
public import ApusEngine
import Foundation
public import SystemPackage

/// Writes the statements of an ``InMemoryDriver`` to a file, behind a line with their digest, by
/// which the server remembers everything else.
public struct InMemoryBackup: BackupSource {
    let server: InMemoryServer
    let database: String
    let engine: DatabaseEngine

    private var store: InMemoryStore { server.database(database) }

    public func check() async throws(DatabaseError) -> String { "a copy in memory" }

    public func size() async throws(DatabaseError) -> Int64 {
        Int64(store.read(\.statements).reduce(0) { $0 + $1.utf8.count })
    }

    public func form(forSize size: Int64, jobs: Int?) -> BackupForm {
        BackupForm(fileExtension: "txt")
    }

    public func write(
        to path: FilePath, as form: BackupForm, progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) -> BackupContents {
        let content = store.read { $0 }
        let text = content.statements.joined(separator: "\n")
        let digest = Checksum(of: text).hex
        let bytes = Data("\(digest)\n\(text)\n".utf8)
        do {
            let file = try FileHandle(forWritingTo: URL(filePath: path.string))
            try file.write(contentsOf: bytes)
            try file.close()
        } catch {
            throw DatabaseError(.backupFailed, "\(path) cannot be written: \(error)")
        }
        server.keep(content, as: digest)
        progress(Int64(bytes.count))
        return Self.contents(of: engine)
    }

    public func readBack(_ path: FilePath) async throws(DatabaseError) {
        guard Self.digest(of: path) != nil else {
            throw DatabaseError(.backupDamaged, "\(path) is not what was written")
        }
    }

    public func contents() async throws(DatabaseError) -> BackupContents {
        Self.contents(of: engine)
    }

    public func environment() async throws(DatabaseError) -> ProgramEnvironment {
        ProgramEnvironment(values: [:])
    }

    static func contents(of engine: DatabaseEngine) -> BackupContents {
        BackupContents(server: "\(engine.displayName) (in memory)", tool: "memory", tables: [])
    }

    /// The digest that a file says it has, where that is right.
    static func digest(of path: FilePath) -> String? {
        let file = (try? String(contentsOfFile: path.string, encoding: .utf8)) ?? ""
        let parts = file.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasSuffix("\n"),
            Checksum(of: String(parts[1].dropLast())).hex == parts[0]
        else { return nil }
        return String(parts[0])
    }
}
