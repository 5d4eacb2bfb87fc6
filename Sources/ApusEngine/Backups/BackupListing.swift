public import ApusCore
import Foundation
import SystemPackage

/// A backup in the folder, as its manifest describes it.
public struct BackupEntry: Hashable, Sendable {
    public var name: String
    public var path: String
    public var bytes: Int64
    public var takenAt: String
    public var databaseVersion: String?
    public var run: Int64?
    public var engine: String
    public var database: String
    /// Why it cannot be trusted: no manifest, another size; `nil` where nothing speaks against it.
    public var problem: String?
}

extension BackupStore {
    /// What lies in the folder, newest first. Files being written are never listed.
    public func list() throws(Diagnostics) -> [BackupEntry] {
        guard FileManager.default.fileExists(atPath: folder.string) else { return [] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.string)
        } catch {
            throw Diagnostics([
                Diagnostic(.fileUnreadable, "the backup folder \(folder) cannot be read")
            ])
        }
        let present = Set(names)
        return names.filter { $0.hasSuffix(".json") }
            .map { String($0.dropLast(5)) }
            .filter { present.contains($0) }
            .map { (entry($0), modified($0)) }
            .sorted { ($0.0.takenAt, $0.1, $0.0.name) > ($1.0.takenAt, $1.1, $1.0.name) }
            .map(\.0)
    }

    /// Reads one backup in full: its size and SHA-256 as in the manifest, and as a restore would.
    public func verify(
        _ name: String, with source: some BackupSource
    ) async throws(Diagnostics) -> BackupEntry {
        let entries = try list()
        guard let found = entries.first(where: { $0.name == name }) else {
            let nearest = Suggestion.nearest(to: name, in: entries.map(\.name))
            throw Diagnostics([
                Diagnostic(
                    .backupUnknown, "there is no backup \"\(name)\" in \(folder)",
                    hint: nearest.map { "did you mean \"\($0)\"?" }, help: ["apus backup list"])
            ])
        }
        var entry = found
        let path = folder.appending(name)
        do throws(DatabaseError) {
            let (checksum, bytes) = try digest(path)
            let manifest = try? manifest(of: name)
            if manifest?.bytes != bytes || manifest?.sha256 != checksum.hex {
                throw DatabaseError(
                    .backupDamaged, "\(name) is not the file that was written",
                    detail:
                        "manifest: \(manifest?.bytes ?? 0) bytes, sha256 \(manifest?.sha256.prefix(12) ?? "?")…; file: \(bytes) bytes, sha256 \(checksum.short)…"
                )
            }
            try await source.readBack(path)
            entry.problem = nil
        } catch {
            throw Diagnostics([error.diagnostic])
        }
        return entry
    }

    private func digest(_ path: FilePath) throws(DatabaseError) -> (Checksum, Int64) {
        do throws(Errno) {
            return try DurableFile.digest(of: path)
        } catch {
            throw DatabaseError(.backupDamaged, "\(path) cannot be read: \(error.description)")
        }
    }

    private func manifest(of name: String) throws -> BackupManifest {
        let path = folder.appending("\(name).json").string
        return try BackupManifest.decoded(Data(contentsOf: URL(filePath: path)))
    }

    /// When the file was last written: tells backups of the same second apart.
    private func modified(_ name: String) -> Date {
        let path = folder.appending(name).string
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.modificationDate] as? Date ?? .distantPast
    }

    private func entry(_ name: String) -> BackupEntry {
        let path = folder.appending(name).string
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64
        guard let manifest = try? manifest(of: name) else {
            return BackupEntry(
                name: name, path: path, bytes: size ?? 0, takenAt: "", engine: "", database: "",
                problem: "its manifest cannot be read")
        }
        return BackupEntry(
            name: name, path: path, bytes: size ?? 0, takenAt: manifest.takenAt,
            databaseVersion: manifest.databaseVersion, run: manifest.run, engine: manifest.engine,
            database: manifest.database,
            problem: size == manifest.bytes
                ? nil : "it has \(size ?? 0) bytes instead of \(manifest.bytes)")
    }
}
