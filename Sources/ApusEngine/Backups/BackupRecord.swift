public import ApusCore

/// A backup that was written in full, read back and hashed.
public struct BackupRecord: Hashable, Sendable {
    /// The file's name inside the backups folder: `20250115T103000Z_run-7.dump`.
    public var name: String
    /// The file's path as configured.
    public var path: String
    public var bytes: Int64
    /// SHA-256 of the file.
    public var checksum: Checksum
    public var takenAt: Timestamp
    public var duration: Duration
    /// The database version that it holds.
    public var version: SemanticVersion?

    public init(
        name: String, path: String, bytes: Int64, checksum: Checksum, takenAt: Timestamp,
        duration: Duration, version: SemanticVersion?
    ) {
        self.name = name
        self.path = path
        self.bytes = bytes
        self.checksum = checksum
        self.takenAt = takenAt
        self.duration = duration
        self.version = version
    }
}
