import ApusCore
import ApusEngine
import GRDB
import GRDBSQLite
import SystemPackage

import struct ApusCore.Statement
import struct ApusEngine.DatabaseError

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A database file that is there for one rehearsal.
struct RehearsalFile: EphemeralDatabase {
    let location: DatabaseLocation
    let registry: Registry
    let owner: RehearsalOwner
    /// Whether the database that it stands for keeps a write-ahead log.
    let isLogged: Bool

    var driver: any Driver { SQLiteDriver(location: location, registry: registry) }
    var place: String { "a file of its own beside the database" }
    var warnings: [Diagnostic] { [] }

    func load(
        from path: FilePath, _ options: RestoreLoading,
        progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) {
        try await SQLiteBackup.load(from: path, into: location, progress: progress) {
            [isLogged] (copy) throws(DatabaseError) in
            guard isLogged else { return }
            try mapped { try copy.execute(sql: "PRAGMA main.journal_mode = WAL") }
        }
    }

    func confirm() async throws(DatabaseError) {
        guard owner.isInPlace else {
            throw DatabaseError(.lockLost, "the lock of \(location.path) was removed")
        }
    }

    func tables() async throws(DatabaseError) -> [TableContents] {
        let interruption = Interruption()
        return try await using(interruption) { [registry] (database) throws(DatabaseError) in
            try TableReading(registry: registry, interruption: interruption).tables(of: database)
        }
    }

    func remove() async throws(DatabaseError) {
        try Self.remove(location)
        failpoint("sqlite.rehearsal.removed")
        try owner.release()
    }

    /// The file with all that SQLite and Apus keep beside it.
    static func remove(_ location: DatabaseLocation) throws(DatabaseError) {
        let lockPath = location.lockPath
        for ending in DurableFile.databaseCompanions { unlink(location.path + ending) }
        guard unlink(location.path) == 0 || errno == ENOENT else {
            throw DatabaseError(
                .readOnlyServer, "\(location.path) cannot be removed: \(Errno(rawValue: errno))",
                help: ["rm \(location.path.shellWord)"])
        }
        // Nobody asks for the lock of a name that is gone.
        unlink(lockPath)
    }

    // MARK: The user's tests

    func perform(_ statements: [Statement], of source: MigrationSource) async throws(TestFailure) {
        let outcome = await tested { (database, interruption) throws(TestFailure) in
            try database.withTest("BEGIN IMMEDIATE", "COMMIT", interruption) {
                () throws(TestFailure) in
                for statement in statements {
                    do throws(DatabaseError) {
                        _ = try source.withBytes { (bytes) throws(DatabaseError) in
                            try RawStatement.execute(
                                UnsafeRawBufferPointer(rebasing: bytes[statement.range]),
                                on: database.handle)
                        }
                    } catch {
                        throw TestFailure(error, at: statement)
                    }
                }
            }
        }
        try outcome.get()
    }

    func rows(
        of query: Statement, in source: MigrationSource, limit: Int
    ) async throws(TestFailure) -> QueryRows {
        let outcome = await tested { (database, interruption) throws(TestFailure) in
            try database.withTest("BEGIN", "ROLLBACK", interruption) { () throws(TestFailure) in
                do throws(DatabaseError) {
                    try RawStatement.execute("PRAGMA query_only = ON", on: database.handle)
                    return try source.withBytes { (bytes) throws(DatabaseError) in
                        try RawQuery.firstRows(
                            of: UnsafeRawBufferPointer(rebasing: bytes[query.range]),
                            limit: limit, on: database.handle)
                    }
                } catch {
                    throw TestFailure(error, at: query)
                }
            }
        }
        return try outcome.get()
    }

    /// On a connection of its own, so that nothing that a test sets reaches a migration.
    private func tested<Result: Sendable>(
        _ body: @escaping @Sendable (Database, Interruption) throws(TestFailure) -> Result
    ) async -> Swift.Result<Result, TestFailure> {
        let interruption = Interruption()
        do throws(DatabaseError) {
            return try await using(interruption) { (database) throws(DatabaseError) in
                do throws(TestFailure) {
                    return .success(try body(database, interruption))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            return .failure(TestFailure(error))
        }
    }

    private func using<Result: Sendable>(
        _ interruption: Interruption,
        _ body: @escaping @Sendable (Database) throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        let connection = try Connection.open(location)
        defer { connection.close() }
        return try await connection.run(endedBy: interruption) {
            (database, _) throws(DatabaseError) in try body(database)
        }
    }
}

extension Database {
    /// Runs a test's statements in a transaction of Apus's, which they cannot end.
    fileprivate func withTest<Result>(
        _ begin: StaticString, _ end: StaticString, _ interruption: Interruption,
        _ body: () throws(TestFailure) -> Result
    ) throws(TestFailure) -> Result {
        let guarding = ScriptGuard()
        do throws(DatabaseError) {
            try RawStatement.execute(begin, on: handle)
        } catch {
            throw TestFailure(error)
        }
        guarding.attach(to: handle)
        defer { ScriptGuard.detach(from: handle) }
        do throws(TestFailure) {
            let result = try body()
            ScriptGuard.detach(from: handle)
            do throws(DatabaseError) {
                try RawStatement.execute(end, on: handle)
            } catch {
                throw TestFailure(error)
            }
            return result
        } catch {
            ScriptGuard.detach(from: handle)
            rollBack()
            throw error
        }
    }
}
