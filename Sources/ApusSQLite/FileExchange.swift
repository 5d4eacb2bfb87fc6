import ApusCore
import ApusEngine
import GRDB
import SystemPackage

import struct ApusEngine.DatabaseError

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One database file takes the place of another, which is kept under a name of its own.
///
/// SQLite finds a write-ahead log or a journal by the database's name. A log of the old database
/// beside the new one would be taken for the new one's, and destroy it: so the old database's log is
/// written back first, and whatever is left of it goes away with it, before the new one comes.
struct FileExchange {
    let restored: DatabaseLocation
    let live: DatabaseLocation
    let kept: String

    private var livePath: FilePath { FilePath(live.resolvedPath) }
    private var keptPath: FilePath { livePath.removingLastComponent().appending(kept) }

    func perform() async throws(DatabaseError) -> Exchange {
        guard let lock = try LockFile.take(live.lockPath, user: "") else {
            throw inUse([LockFile.holder(live.lockPath) ?? LockHolder()])
        }
        guard let other = try LockFile.take(restored.lockPath, user: "") else {
            throw inUse([LockFile.holder(restored.lockPath) ?? LockHolder()])
        }
        let exchange = try exchanged()
        // Nobody asks for the lock of a name that is gone.
        unlink(restored.lockPath)
        _ = consume other
        _ = consume lock
        return exchange
    }

    private func exchanged() throws(DatabaseError) -> Exchange {
        try consolidate(restored)
        guard live.exists else {
            try refuseCompanions()
            try failing { () throws(Errno) in
                try DurableFile.rename(FilePath(restored.path), to: livePath)
            }
            return Exchange(kept: nil)
        }
        do throws(DatabaseError) {
            try consolidate(live)
        } catch  where error.code != .databaseInUse {
            // A database that is too damaged for that keeps its log, and both go together.
        }
        let holders = OpenFiles.holders(of: [live.path, restored.path])
        guard holders.isEmpty else { throw inUse(holders) }
        try failing { () throws(Errno) in try swap() }
        return Exchange(kept: kept)
    }

    /// Writes the log back and removes it, which works only while nobody else is connected.
    private func consolidate(_ location: DatabaseLocation) throws(DatabaseError) {
        let connection = try Connection.open(location, waitingAtMost: .seconds(1))
        defer { connection.close() }
        do throws(DatabaseError) {
            try connection.runNow { (database) throws(DatabaseError) in
                try mapped {
                    let mode = try String.fetchOne(database, sql: "PRAGMA main.journal_mode")
                    guard mode == "wal" else {
                        try database.execute(sql: "BEGIN EXCLUSIVE; COMMIT")
                        return
                    }
                    // Leaving the mode wants the file for itself; the mode itself comes back.
                    _ = try String.fetchOne(database, sql: "PRAGMA main.journal_mode = DELETE")
                    _ = try String.fetchOne(database, sql: "PRAGMA main.journal_mode = WAL")
                }
            }
        } catch  where error.isLockConflict {
            throw inUse(OpenFiles.holders(of: [location.path]))
        }
    }

    /// A log that lies where the new database is to be would be taken for its own.
    private func refuseCompanions() throws(DatabaseError) {
        for ending in DurableFile.databaseCompanions where access("\(livePath)\(ending)", F_OK) == 0
        {
            throw DatabaseError(
                .restoreOccupied, "\(livePath)\(ending) is there, which an earlier database left",
                help: [
                    "move it away: mv \("\(livePath)\(ending)".shellWord) \("\(keptPath)\(ending)".shellWord)"
                ])
        }
    }

    /// The old database has both names until the new one takes its place: at no moment is there none.
    private func swap() throws(Errno) {
        try adoptRights()
        guard access(keptPath.string, F_OK) != 0 else { throw .fileExists }
        for ending in DurableFile.databaseCompanions where access("\(livePath)\(ending)", F_OK) == 0
        {
            try rename("\(livePath)\(ending)", "\(keptPath)\(ending)")
        }
        failpoint("exchange.companions-moved")
        if link(livePath.string, keptPath.string) != 0 {
            // Some file systems know no hard links.
            let reason = Errno(rawValue: errno)
            guard reason == .notPermitted || reason == .notSupported else { throw reason }
            try rename(livePath.string, keptPath.string)
        }
        failpoint("exchange.kept")
        try rename(restored.path, livePath.string)
        failpoint("exchange.replaced")
        try DurableFile.sync(livePath.removingLastComponent())
    }

    private func rename(_ old: String, _ new: String) throws(Errno) {
        guard systemRename(old, new) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Whoever could read and write the old file can do so with the new one.
    private func adoptRights() throws(Errno) {
        var facts = stat()
        guard stat(livePath.string, &facts) == 0 else { throw Errno(rawValue: errno) }
        guard chmod(restored.path, facts.st_mode & 0o7777) == 0 else {
            throw Errno(rawValue: errno)
        }
        var own = stat()
        guard stat(restored.path, &own) == 0 else { throw Errno(rawValue: errno) }
        if own.st_uid != facts.st_uid || own.st_gid != facts.st_gid,
            chown(restored.path, facts.st_uid, facts.st_gid) != 0
        {
            throw Errno(rawValue: errno)
        }
    }

    private func failing(_ body: () throws(Errno) -> Void) throws(DatabaseError) {
        do throws(Errno) {
            try body()
        } catch {
            throw DatabaseError(
                .restoreFailed,
                "\(restored.path) cannot take the place of \(live.path): \(error.description)")
        }
    }

    private func inUse(_ holders: [LockHolder]) -> DatabaseError {
        let lines = holders.map { holder in
            let name = holder.processID.map { "process \($0)" } ?? "another process"
            return holder.application.map { "\(name) (\($0))" } ?? name
        }
        return DatabaseError(
            .databaseInUse, "others use \(live.name) or \(restored.name)",
            detail: lines.isEmpty ? nil : lines.joined(separator: "\n"),
            help: ["stop what uses it, and try again"])
    }
}

/// The C function, from outside the type that has a function of the same name.
private func systemRename(_ old: String, _ new: String) -> CInt { rename(old, new) }
