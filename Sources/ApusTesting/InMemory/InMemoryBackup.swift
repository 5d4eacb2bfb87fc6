import ApusCore
public import ApusEngine
import Foundation
public import SystemPackage

/// Writes the statements of an ``InMemoryDriver`` to a file, behind a line with their digest.
public struct InMemoryBackup: BackupSource {
    let store: InMemoryStore
    let engine: DatabaseEngine
    public let fileExtension = "txt"

    public func check() async throws(DatabaseError) {}

    public func write(
        to path: FilePath, progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) -> BackupContents {
        let text = store.read(\.statements).joined(separator: "\n")
        let bytes = Data("\(Checksum(of: text))\n\(text)\n".utf8)
        do {
            let file = try FileHandle(forWritingTo: URL(filePath: path.string))
            try file.write(contentsOf: bytes)
            try file.close()
        } catch {
            throw DatabaseError(.backupFailed, "\(path) cannot be written: \(error)")
        }
        progress(Int64(bytes.count))
        return BackupContents(
            server: "\(engine.displayName) (in memory)", tool: "memory", tables: [])
    }

    public func readBack(_ path: FilePath) async throws(DatabaseError) {
        let file = (try? String(contentsOfFile: path.string, encoding: .utf8)) ?? ""
        let parts = file.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasSuffix("\n"),
            Checksum(of: String(parts[1].dropLast())).hex == parts[0]
        else { throw DatabaseError(.backupDamaged, "\(path) is not what was written") }
    }
}
