import ApusCore
import ApusEngine
import ApusSQLite
import Testing

@Suite struct `A script without a transaction` {
    private let resumable = """
        PRAGMA foreign_keys = ON;
        CREATE TABLE rooms (id INTEGER PRIMARY KEY);
        CREATE TABLE beds (room INTEGER REFERENCES rooms);
        INSERT INTO later VALUES (1);
        INSERT INTO beds VALUES (7);
        """

    @Test func `F33 a pragma that it has set is set again where it resumes`() async throws {
        let database = try TemporaryDatabase()
        let migration = try database.migration("1.0.0", resumable, directive: "no-transaction")
        let stopped = try await database.apply([migration])[0]
        #expect(stopped.failure?.effect == .partial(statementsDone: 3))

        _ = try database.value("CREATE TABLE later (id INTEGER)")
        let session = try await database.driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(10)) { _ in }
        let run = try await session.beginRun(.forTests)
        var step = migration.upStep
        step.firstStatement = 3
        let resumed = try await session.perform(step, in: run, options: StepOptions()) { _ in }
        #expect(resumed.failure?.statementIndex == 4)
        #expect(resumed.failure?.error.sqlState == "SQLITE_CONSTRAINT_FOREIGNKEY")
        #expect(try await session.history().unfinished.map(\.statementsDone) == [4])
        await session.close()
    }

    /// F6: a deferred key is checked at COMMIT, when the note has been written already.
    @Test func `F6 a statement and the note that it is done are there together, and gone together`()
        async throws
    {
        let database = try TemporaryDatabase()
        let tried = try await database.apply(
            """
            PRAGMA foreign_keys = ON;
            CREATE TABLE rooms (id INTEGER PRIMARY KEY);
            CREATE TABLE beds (room INTEGER REFERENCES rooms DEFERRABLE INITIALLY DEFERRED);
            INSERT INTO beds VALUES (7);
            """, directive: "no-transaction")
        #expect(tried.failure?.statementIndex == 3)
        #expect(tried.failure?.effect == .partial(statementsDone: 3))
        #expect(try database.value("SELECT count(*) FROM beds") == "0")
        #expect(
            try database.value("SELECT statements_done FROM apus_journal WHERE status = 'started'")
                == "3")
    }

    @Test func `what SQLite refuses in a transaction runs beside what it does not`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply(
            """
            CREATE TABLE guests (id INTEGER);
            VACUUM;
            PRAGMA journal_mode = WAL;
            INSERT INTO guests VALUES (1);
            """, directive: "no-transaction")
        #expect(tried.failure == nil)
        #expect(try database.value("PRAGMA journal_mode") == "wal")
        #expect(try database.value("SELECT count(*) FROM guests") == "1")
    }
}
