public import ApusCore

/// A backup that was written in full and hashed; with the provider `dump` also read back.
public struct BackupRecord: Hashable, Sendable {
    /// The name inside the backups folder: `20250115T103000Z_run-7.dump`.
    public var name: String
    /// The path as configured.
    public var path: String
    public var bytes: Int64
    /// SHA-256 of the file, of the folder's listing, or, where a command of the user's wrote
    /// elsewhere, of the manifest.
    public var checksum: Checksum
    public var takenAt: Timestamp
    public var duration: Duration
    /// The database version that it holds.
    public var version: SemanticVersion?
    /// Whether it was proven readable: only such a backup counts.
    public var isVerified: Bool

    public init(
        name: String, path: String, bytes: Int64, checksum: Checksum, takenAt: Timestamp,
        duration: Duration, version: SemanticVersion?, isVerified: Bool = true
    ) {
        self.name = name
        self.path = path
        self.bytes = bytes
        self.checksum = checksum
        self.takenAt = takenAt
        self.duration = duration
        self.version = version
        self.isVerified = isVerified
    }
}
