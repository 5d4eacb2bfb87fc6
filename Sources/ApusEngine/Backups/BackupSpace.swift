import ApusCore
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whether a disk has room for a backup: judged before it is begun, and while it is written.
struct BackupSpace: Hashable {
    /// A backup's size, and the size of the database that it was taken of.
    struct Ratio: Hashable {
        var backup: Int64
        var database: Int64
    }

    /// How large the database is.
    var databaseBytes: Int64
    /// The last backup of the same database.
    var earlier: Ratio?
    /// The copy is as large as the database; otherwise it is compressed, and holds no indexes.
    var isPlainCopy: Bool

    /// What stays free on the disk in any case: the database itself may lie on it.
    static let floor: Int64 = 64_000_000

    /// How many bytes the backup will have, as far as the last one tells.
    var expected: Int64? {
        if isPlainCopy { return databaseBytes }
        guard let earlier, earlier.database > 0 else { return nil }
        return Int64(Double(databaseBytes) * Double(earlier.backup) / Double(earlier.database))
    }

    /// What it needs at the least: as the last one tells, and a tenth more; without one, a tenth of
    /// the database, which compressed dumps rarely come below. A guess must not forbid a backup that
    /// would have fitted: what it lets through by mistake ends at the floor.
    var needed: Int64 {
        if isPlainCopy { return databaseBytes }
        return expected.map { $0 + $0 / 10 } ?? databaseBytes / 10
    }

    /// Throws `backupSpace`. Where the free space cannot be told, writing it will show.
    func check(_ folder: FilePath, free: Int64?) throws(DatabaseError) {
        guard let free, free < needed + Self.floor else { return }
        throw DatabaseError(
            .backupSpace,
            "the backup needs about \(needed.readableBytes), and \(free.readableBytes) are free at \(folder)",
            detail:
                "the database has \(databaseBytes.readableBytes); \(origin), and \(Self.floor.readableBytes) stay free",
            help: Self.help(hasBackups: earlier != nil))
    }

    /// Throws `backupSpace` while there is still room for others.
    func checkFloor(_ folder: FilePath, free: Int64?) throws(DatabaseError) {
        guard let free, free < Self.floor / 2 else { return }
        throw DatabaseError(
            .backupSpace,
            "the disk of \(folder) is nearly full: \(free.readableBytes) are left, and the backup was ended",
            help: Self.help(hasBackups: earlier != nil))
    }

    /// Whether a database of that size can be made. Throws `backupSpace`. Where the free space cannot
    /// be told, making it will show.
    static func checkRestore(
        of bytes: Int64, into folder: FilePath, free: Int64?
    ) throws(DatabaseError) {
        guard let free, free < bytes + floor else { return }
        throw DatabaseError(
            .backupSpace,
            "the restored database needs \(bytes.readableBytes), and \(free.readableBytes) are free at \(folder.isEmpty ? "." : folder)",
            detail: "\(floor.readableBytes) stay free",
            help: [
                "restore onto another disk: apus restore BACKUP --into PATH",
                "remove old backups: \(pruning)",
            ])
    }

    /// Nothing says how many are to stay, where no setting does.
    static let pruning = "apus backup prune --keep N"

    private static func help(hasBackups: Bool) -> [String] {
        let folder = "name a folder on another disk: backups: FOLDER in apus.yaml"
        return hasBackups ? ["remove old backups: \(pruning)", "or \(folder)"] : [folder]
    }

    private var origin: String {
        if isPlainCopy { return "the copy is as large" }
        guard let earlier else { return "a first dump is taken to need a tenth of that at least" }
        return
            "the last backup took \(earlier.backup.readableBytes) of \(earlier.database.readableBytes)"
    }

    /// Bytes that an ordinary user may still write at a path; `nil` where that cannot be told.
    static func free(at path: FilePath) -> Int64? {
        var facts = statvfs()
        guard statvfs(path.isEmpty ? "." : path.string, &facts) == 0 else { return nil }
        return Int64(clamping: UInt64(facts.f_bavail) * UInt64(facts.f_frsize))
    }
}
