import ApusCore
import Foundation
public import SystemPackage

/// The folder that backups lie in: written in full, read back, hashed, and only then given a name.
public struct BackupStore: Sendable {
    public var folder: FilePath

    public init(folder: FilePath) {
        self.folder = folder
    }

    /// Takes a backup and proves it readable before it counts.
    ///
    /// Throws `backupFailed`, `backupDamaged` or `backupToolMissing`; a partial file is removed.
    func take(
        of driver: any Driver, run: RunID?, version: SemanticVersion?, now: Timestamp,
        events: @escaping @Sendable (RunEvent) -> Void
    ) async throws(DatabaseError) -> BackupRecord {
        try await take(
            of: driver, from: driver.backupSource, run: run, version: version, now: now,
            events: events)
    }

    private func take(
        of driver: any Driver, from source: some BackupSource, run: RunID?,
        version: SemanticVersion?, now: Timestamp,
        events: @escaping @Sendable (RunEvent) -> Void
    ) async throws(DatabaseError) -> BackupRecord {
        try await source.check()
        failpoint("backup.checked")
        try makeFolder()
        failpoint("backup.folder-made")
        let base = "\(now.fileText)_\(run.map { "run-\($0)" } ?? "manual")"
        let (name, partial) = try reserve(base, source.fileExtension)
        failpoint("backup.reserved")
        events(.backupStarted(name: name))
        do throws(DatabaseError) {
            let clock = ContinuousClock()
            let start = clock.now
            let contents = try await source.write(to: partial) { bytes in
                events(.backupProgress(bytes: bytes))
            }
            failpoint("backup.written")
            let (checksum, bytes) = try failing("written") { () throws(Errno) in
                try DurableFile.sync(partial)
                failpoint("backup.synced")
                return try DurableFile.digest(of: partial)
            }
            failpoint("backup.hashed")
            try await source.readBack(partial)
            failpoint("backup.read-back")
            let path = folder.appending(name)
            let record = BackupRecord(
                name: name, path: path.string, bytes: bytes, checksum: checksum, takenAt: now,
                duration: clock.now - start, version: version)
            let manifest = manifest(of: record, contents, driver, run)
            try failing("given its name") { () throws(Errno) in
                guard let document = try? manifest.encoded() else { throw Errno.ioError }
                try DurableFile.write(document, to: folder.appending("\(name).json"))
                failpoint("backup.manifest-written")
                try DurableFile.rename(partial, to: path)
            }
            failpoint("backup.named")
            events(.backupFinished(record))
            return record
        } catch {
            // Leftovers are harmless (never listed), so failing to remove them changes nothing.
            try? FileManager.default.removeItem(atPath: partial.string)
            try? FileManager.default.removeItem(atPath: folder.appending("\(name).json").string)
            throw error
        }
    }

    /// A name that is free, and an empty file beside it to write into.
    private func reserve(
        _ base: String, _ ending: String
    ) throws(DatabaseError) -> (String, FilePath) {
        for attempt in 1...100 {
            let name = attempt == 1 ? "\(base).\(ending)" : "\(base)-\(attempt).\(ending)"
            let partial = folder.appending("\(name).partial")
            if FileManager.default.fileExists(atPath: folder.appending(name).string) { continue }
            do throws(Errno) {
                try DurableFile.create(partial)
                return (name, partial)
            } catch .fileExists {
                continue
            } catch {
                throw Self.failed("the backup folder \(folder) cannot be written to", error)
            }
        }
        throw DatabaseError(.backupFailed, "no free file name for a backup in \(folder)")
    }

    private func makeFolder() throws(DatabaseError) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder.string, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw DatabaseError(
                .backupFailed, "the backup folder \(folder) cannot be made",
                detail: error.localizedDescription)
        }
    }

    private func failing<Result>(
        _ what: String, _ body: () throws(Errno) -> Result
    ) throws(DatabaseError) -> Result {
        do throws(Errno) {
            return try body()
        } catch {
            throw Self.failed("the backup cannot be \(what)", error)
        }
    }

    private static func failed(_ message: String, _ error: Errno) -> DatabaseError {
        DatabaseError(.backupFailed, "\(message): \(error.description)")
    }

    private func manifest(
        of record: BackupRecord, _ contents: BackupContents, _ driver: any Driver, _ run: RunID?
    ) -> BackupManifest {
        BackupManifest(
            file: record.name, bytes: record.bytes, sha256: record.checksum.hex,
            takenAt: record.takenAt.isoText,
            durationSeconds: Double(record.duration.microseconds) / 1_000_000,
            engine: driver.engine.rawValue, database: driver.target.name,
            server: contents.server, tool: contents.tool,
            databaseVersion: record.version?.description, run: run?.number, verified: true,
            tables: contents.tables.map { .init(name: $0.name, rows: $0.rows) })
    }
}

extension Duration {
    /// Whole microseconds, as the registry keeps durations.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
