import ApusCore
import GRDB
import GRDBSQLite

import struct ApusEngine.DatabaseError
import func ApusEngine.failpoint

/// One connection to a database file, opened with sqlite3's own defaults.
///
/// A script must mean what it means in sqlite3: double-quoted texts are accepted, foreign keys are
/// off, and GRDB's observation of statements and transactions is taken out of the way.
struct Connection: Sendable {
    typealias Access = Database

    private let queue: DatabaseQueue

    /// How long another connection's lock is waited for, outside of steps, which have their own limit.
    static let patience = Duration.seconds(5)

    static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    /// `SQLite 3.40.1`
    static var product: String { "SQLite \(libraryVersion)" }

    /// Opens the file, and creates it where it does not exist.
    ///
    /// - Parameter patience: how long another connection's lock is waited for.
    static func open(
        _ location: DatabaseLocation, readOnly: Bool = false,
        waitingAtMost patience: Duration = patience
    ) throws(DatabaseError) -> Self {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.acceptsDoubleQuotedStringLiterals = true
        configuration.readonly = readOnly
        // A ROLLBACK that fails must not end the process, as GRDB would: closing the connection undoes
        // the transaction as well.
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(patience / .seconds(1))
        configuration.prepareDatabase { database in
            // These are for GRDB's observers, of which there are none.
            sqlite3_commit_hook(database.sqliteConnection, nil, nil)
            sqlite3_rollback_hook(database.sqliteConnection, nil, nil)
            ScriptGuard.detach(from: database.handle)
        }
        let queue = try mapped(otherwise: .cannotConnect) { [configuration] in
            try DatabaseQueue(path: location.path, configuration: configuration)
        }
        return Self(queue: queue)
    }

    /// Runs `body` on the connection's own thread, from beginning to end without a pause.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable (Access) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        let outcome: Swift.Result<Result, DatabaseError> = await withCheckedContinuation { waiter in
            queue.asyncWriteWithoutTransaction { database in
                do throws(DatabaseError) {
                    waiter.resume(returning: .success(try body(database)))
                } catch {
                    waiter.resume(returning: .failure(error))
                }
            }
        }
        return try outcome.get()
    }

    /// The same, where a cancelled task ends the statement that runs.
    func run<Result: Sendable>(
        lockTimeout: Duration = patience,
        endedBy interruption: Interruption = Interruption(),
        _ body: @escaping @Sendable (Access, Interruption) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        let outcome: Swift.Result<Result, DatabaseError> = await withTaskCancellationHandler {
            do throws(DatabaseError) {
                return .success(
                    try await run { (database) throws(DatabaseError) in
                        interruption.attach(to: database.handle, lockTimeout: lockTimeout) { _ in }
                        defer { interruption.detach(from: database.handle) }
                        return try body(database, interruption)
                    })
            } catch {
                return .failure(error)
            }
        } onCancel: {
            interruption.cancel()
        }
        return try outcome.get()
    }

    /// The same on the calling thread, for a connection that nobody else has.
    func runNow<Result>(
        _ body: (Access) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        try queue.inDatabase { database in
            do throws(DatabaseError) {
                return Swift.Result<Result, DatabaseError>.success(try body(database))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    /// Runs `body` in a read transaction, so that all it sees is of one moment.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (Access) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        try await inTransaction("BEGIN DEFERRED", body)
    }

    /// Runs `body` in a transaction that holds the write lock from its beginning: one that takes it
    /// later would be refused without waiting.
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (Access) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        try await inTransaction("BEGIN IMMEDIATE", body)
    }

    private func inTransaction<Result: Sendable>(
        _ begin: StaticString, _ body: @escaping @Sendable (Access) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        try await run { (database) throws(DatabaseError) in
            try database.transaction(begin) { () throws(DatabaseError) in try body(database) }
        }
    }

    /// Whether somebody else holds the lock for writing for longer than this connection waits; tried
    /// without writing.
    func isLocked() async -> Bool {
        do throws(DatabaseError) {
            try await write { _ throws(DatabaseError) in }
            return false
        } catch {
            return error.isLockConflict
        }
    }

    /// A connection to the same database in which nothing was ever set.
    func renewed(_ location: DatabaseLocation) throws(DatabaseError) -> Connection {
        guard location.isInMemory else {
            // The other way round, the last connection would take the write-ahead log along with it
            // each time. A script that left the file locked makes that way necessary.
            if let fresh = try? Self.open(location, waitingAtMost: .zero) {
                close()
                failpoint("sqlite.renewed")
                fresh.queue.inDatabase { Self.waitForLocks($0.handle) }
                return fresh
            }
            close()
            return try Self.open(location)
        }
        let fresh = try Self.open(location)
        try mapped { try queue.backup(to: fresh.queue) }
        close()
        return fresh
    }

    /// From now on another connection's lock is waited for, as ``open`` does by default.
    static func waitForLocks(_ handle: OpaquePointer) {
        sqlite3_busy_timeout(handle, Int32(patience / .milliseconds(1)))
    }

    func close() {
        // A statement that were still open would be a mistake of ours; the handle is then freed with
        // the queue.
        try? queue.close()
    }
}

extension Database {
    /// The connection for SQLite's C interface.
    var handle: OpaquePointer { sqliteConnection! }

    /// Whether a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs `body` between `begin` and COMMIT, or undoes all of it.
    func transaction<Result>(
        _ begin: StaticString, _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        try RawStatement.execute(begin, on: handle)
        failpoint("sqlite.begun")
        do throws(DatabaseError) {
            let result = try body()
            failpoint("sqlite.before-commit")
            try RawStatement.execute("COMMIT", on: handle)
            failpoint("sqlite.committed")
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    /// Undoes what SQLite has not already undone itself, as it does after some errors.
    func rollBack() {
        if isInTransaction { _ = try? RawStatement.execute("ROLLBACK", on: handle) }
    }
}
