import ApusCore
import Foundation
public import SystemPackage

/// The folder that backups lie in: written in full, read back, hashed, and only then given a name.
public struct BackupStore: Sendable {
    public var folder: FilePath
    public var options: Options

    public init(folder: FilePath, options: Options = Options()) {
        self.folder = folder
        self.options = options
    }

    public struct Options: Sendable {
        public var provider: BackupProvider
        /// What is removed after a new backup; `nil` removes nothing.
        public var retention: Retention?
        /// How many processes write and read a backup at once; `nil` leaves it to the database.
        public var jobs: Int?

        public init(
            provider: BackupProvider = .dump, retention: Retention? = nil, jobs: Int? = nil
        ) {
            self.provider = provider
            self.retention = retention
            self.jobs = jobs
        }

        /// Free space in bytes of the disk that a folder lies on; `nil` where it cannot be told.
        var freeSpace: @Sendable (FilePath) -> Int64? = { BackupSpace.free(at: $0) }
    }

    /// Takes a backup and proves it readable before it counts.
    ///
    /// Throws `backupFailed`, `backupDamaged`, `backupSpace` or `backupToolMissing`; a partial file is
    /// removed.
    func take(
        of driver: any Driver, run: RunID?, version: SemanticVersion?, now: Timestamp,
        events: @escaping @Sendable (RunEvent) -> Void
    ) async throws(DatabaseError) -> BackupRecord {
        try await take(
            of: driver, from: driver.backupSource,
            BackupOrder(run: run, version: version, now: now, events: events))
    }

    private func take(
        of driver: some Driver, from source: some BackupSource, _ order: BackupOrder
    ) async throws(DatabaseError) -> BackupRecord {
        try makeFolder()
        failpoint("backup.folder-made")
        UnfinishedBackups(folder: folder).clear()
        let taking = BackupTaking(
            store: self, source: source, engine: driver.engine, target: driver.target, order: order)
        return switch options.provider {
        case .dump: try await taking.dump()
        case .command(let command): try await taking.run(command)
        }
    }

    private func makeFolder() throws(DatabaseError) {
        do {
            guard !folder.isFolder else { return }
            let parent = folder.removingLastComponent()
            if !parent.isEmpty {
                try FileManager.default.createDirectory(
                    atPath: parent.string, withIntermediateDirectories: true)
            }
            // Not with the others: those get their mode a moment after they are there.
            try DurableFile.createFolder(folder)
        } catch Errno.fileExists where folder.isFolder {
            // Somebody else made it a moment ago.
        } catch {
            throw DatabaseError(
                .backupFailed, "the backup folder \(folder) cannot be made",
                detail: (error as? Errno)?.description ?? error.localizedDescription)
        }
    }

    /// Where the manifest of a backup lies.
    func manifestPath(of name: String) -> FilePath { folder.appending("\(name).json") }

    func manifest(of name: String) throws -> BackupManifest {
        try BackupManifest.decoded(
            Data(contentsOf: URL(filePath: manifestPath(of: name).string)))
    }
}

/// What a backup is taken for.
struct BackupOrder: Sendable {
    var run: RunID?
    var version: SemanticVersion?
    var now: Timestamp
    var events: @Sendable (RunEvent) -> Void

    /// `20250115T103000Z_run-7`
    var baseName: String { "\(now.fileText)_\(run.map { "run-\($0)" } ?? "manual")" }
}

/// How far a backup came.
public struct BackupProgress: Hashable, Sendable {
    public enum Phase: String, Hashable, Sendable, CaseIterable {
        case writing, hashing
        case readingBack = "reading-back"
    }

    public var phase: Phase
    public var bytes: Int64
    /// How many bytes it will be in the end, where that is known or can be guessed from the last
    /// backup.
    public var expected: Int64?

    public init(phase: Phase, bytes: Int64, expected: Int64?) {
        self.phase = phase
        self.bytes = bytes
        self.expected = expected
    }
}

extension Duration {
    /// Whole microseconds, as the registry keeps durations.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
