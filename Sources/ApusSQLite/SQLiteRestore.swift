public import ApusCore
public import ApusEngine
import GRDB
public import SystemPackage

public import struct ApusEngine.DatabaseError

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes a database file from a copy, under a name that says that it is not finished: no half-made
/// file ever bears the final one.
public struct SQLiteRestore: RestoreTarget {
    let location: DatabaseLocation
    let registry: Registry

    static let unfinishedEnding = ".restoring"

    /// The file that is being made.
    private var half: DatabaseLocation {
        DatabaseLocation(path: location.path + Self.unfinishedEnding)
    }

    public var folder: FilePath? { FilePath(location.path).removingLastComponent() }

    public func name(adding suffix: String) -> String {
        let name = FilePath(location.name).lastComponent
        guard let name, let ending = name.extension else { return location.name + suffix }
        return "\(name.stem)\(suffix).\(ending)"
    }

    public func check(_ path: FilePath) async throws(DatabaseError) {
        let magic = Array("SQLite format 3\0".utf8)
        do {
            let file = try FileDescriptor.open(path, .readOnly)
            defer { _ = try? file.close() }
            var start = [UInt8](repeating: 0, count: magic.count)
            let count = try start.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == magic.count, start == magic { return }
        } catch {
            throw .unreadableBackup(path, error)
        }
        throw DatabaseError(
            .backupFormat, "\(path) is no SQLite database",
            detail: "a plain script would run whatever it says in the new database",
            help: ["use a backup that apus took: apus backup list"])
    }

    // MARK: What is there

    public func occupant() async throws(DatabaseError) -> RestoreOccupant {
        if half.exists {
            guard let lock = try LockFile.take(half.lockPath, user: "") else {
                return .busy(LockFile.holder(half.lockPath))
            }
            _ = consume lock
            return .unfinished(nil)
        }
        for companion in DurableFile.databaseCompanions
        where access(location.path + companion, F_OK) == 0 {
            // Beside a new database of this name it would be taken for a part of it.
            if location.exists { break }
            return .occupied("\(location.name)\(companion), which an earlier database left")
        }
        guard location.exists else { return .none }
        guard location.size > 0 else { return .empty }
        do throws(DatabaseError) {
            let connection = try Connection.open(location)
            defer { connection.close() }
            let count = try await connection.read { (database) throws(DatabaseError) in
                try mapped {
                    try Int.fetchOne(database, sql: "SELECT count(*) FROM main.sqlite_schema") ?? 0
                }
            }
            return count == 0 ? .empty : .occupied("\(count) tables, indexes and the like")
        } catch {
            return .occupied("a file that cannot be read as a database")
        }
    }

    public func unfinished() async throws(DatabaseError) -> [UnfinishedRestore] {
        let folder = FilePath(location.path).removingLastComponent()
        var found: [UnfinishedRestore] = []
        for name in FileFacts.names(in: folder) where name.hasSuffix(Self.unfinishedEnding) {
            let final = String(name.dropLast(Self.unfinishedEnding.count))
            let other = SQLiteRestore(
                location: DatabaseLocation(path: folder.appending(final).string), registry: registry
            )
            if case .unfinished = try await other.occupant() {
                found.append(UnfinishedRestore(name: final, mark: nil))
            }
        }
        return found
    }

    // MARK: Making it

    public func begin(
        _ mark: RestoreMark, like properties: [DatabaseProperty]
    ) async throws(DatabaseError) -> Bool {
        guard !location.isInMemory else {
            throw DatabaseError(.restoreFailed, "a database in memory cannot be restored")
        }
        do throws(Errno) {
            try DurableFile.create(FilePath(half.path))
        } catch {
            guard error != .fileExists else { throw .restoreBegunElsewhere(location.name) }
            throw DatabaseError(
                .restoreFailed, "\(half.path) cannot be made: \(error.description)")
        }
        return true
    }

    public func openSession() async throws(DatabaseError) -> any DatabaseSession {
        try SQLiteSession(location: half, registry: registry)
    }

    public func load(
        from path: FilePath, _ options: RestoreLoading,
        progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) {
        try await SQLiteBackup.load(from: path, into: half, progress: progress) {
            [half] (copy) throws(DatabaseError) in
            try SQLiteBackup.checkIntegrity(of: FilePath(half.path), in: copy)
        }
    }

    public func contents() async throws(DatabaseError) -> BackupContents {
        try await SQLiteBackup(location: half, registry: registry).contents()
    }

    public func complete(
        _ properties: [DatabaseProperty], keepingOwners: Bool
    ) async throws(DatabaseError) -> [Diagnostic] {
        failpoint("restore.before-complete")
        if properties.contains(DatabaseProperty("journal_mode", "wal")) {
            let connection = try Connection.open(half)
            defer { connection.close() }
            try connection.runNow { (database) throws(DatabaseError) in
                try mapped { try database.execute(sql: "PRAGMA main.journal_mode = WAL") }
            }
        }
        switch try await SQLiteRestore(location: location, registry: registry).finalOccupant() {
        case .none: break
        case .empty: unlink(location.path)
        default:
            throw DatabaseError(
                .restoreOccupied, "\(location.path) came into being while it was restored")
        }
        do throws(Errno) {
            try DurableFile.sync(FilePath(half.path))
            try DurableFile.rename(FilePath(half.path), to: FilePath(location.path))
        } catch {
            throw DatabaseError(
                .restoreFailed, "\(location.path) cannot be given its name: \(error.description)")
        }
        failpoint("restore.named")
        // Nobody asks for the lock of a name that is gone.
        unlink(half.lockPath)
        return []
    }

    /// What bears the final name, whatever is half made.
    private func finalOccupant() async throws(DatabaseError) -> RestoreOccupant {
        if !location.exists { return .none }
        return location.size == 0 ? .empty : .occupied("something")
    }

    public func discard() async throws(DatabaseError) {
        guard half.exists else {
            guard location.exists else { return }
            throw DatabaseError(
                .restoreOccupied, "\(location.name) is not what an unfinished restore left")
        }
        guard let lock = try LockFile.take(half.lockPath, user: "") else {
            throw DatabaseError(
                .databaseInUse, "a restore into \(location.name) is going on",
                detail: LockFile.holder(half.lockPath)?.processID.map { "by process \($0)" })
        }
        for ending in DurableFile.databaseCompanions { unlink(half.path + ending) }
        guard unlink(half.path) == 0 || errno == ENOENT else {
            throw DatabaseError(
                .restoreFailed, "\(half.path) cannot be removed: \(Errno(rawValue: errno))")
        }
        unlink(half.lockPath)
        _ = consume lock
    }

    // MARK: In the place of another

    public func exchange(
        with live: SQLiteRestore, keeping kept: String, endingConnections: Bool
    ) async throws(DatabaseError) -> Exchange {
        try await FileExchange(restored: location, live: live.location, kept: kept).perform()
    }

    public func exchangeCommands(with live: SQLiteRestore, keeping kept: String) -> [String] {
        let folder = FilePath(live.location.path).removingLastComponent()
        let (own, old) = (location.path.shellWord, live.location.path.shellWord)
        return [
            "sqlite3 \(old) 'PRAGMA wal_checkpoint(TRUNCATE)'",
            "mv \(old) \(folder.appending(kept).string.shellWord)",
            "mv \(own) \(old)",
        ]
    }
}
