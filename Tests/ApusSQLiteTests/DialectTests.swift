import ApusCore
import ApusEngine
import ApusSQLite
import Foundation
import Testing

@Suite struct `A script means what it means in sqlite3` {
    @Test func `double quotes may hold a text`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply(
            "CREATE TABLE t (a TEXT DEFAULT \"none\");\nINSERT INTO t VALUES (\"Ana\");")
        #expect(tried.failure == nil)
        #expect(try database.value("SELECT a FROM t") == "Ana")
    }

    @Test func `statements are sent byte for byte`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply(
            "CREATE  TABLE\tt (\n  a TEXT -- the ; name\n  /* of 'Zoë */\n);")
        #expect(tried.failure == nil)
        #expect(
            try database.value("SELECT sql FROM sqlite_schema WHERE name = 't'")
                == "CREATE TABLE t (\n  a TEXT -- the ; name\n  /* of 'Zoë */\n)")
    }

    @Test func `triggers, savepoints and windows run`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply(
            """
            CREATE TABLE t (a INTEGER, b INTEGER);
            CREATE TRIGGER doubles AFTER INSERT ON t BEGIN
                UPDATE t SET b = CASE WHEN NEW.a > 1 THEN 2 * NEW.a ELSE 0 END WHERE a = NEW.a;
                SELECT 1;
            END;
            SAVEPOINT one;
            INSERT INTO t (a) VALUES (1);
            ROLLBACK TO one;
            RELEASE one;
            INSERT INTO t (a) VALUES (5);
            SELECT a, row_number() OVER (ORDER BY a) FROM t
            """)
        #expect(tried.failure == nil)
        #expect(try database.value("SELECT group_concat(b) FROM t") == "10")
    }

    @Test func `a statement that rolls back by itself is a failure that leaves nothing`()
        async throws
    {
        let database = try TemporaryDatabase()
        let tried = try await database.apply(
            "CREATE TABLE t (a INTEGER UNIQUE);\nINSERT INTO t VALUES (1);\nINSERT OR ROLLBACK INTO t VALUES (1);"
        )
        let failure = try #require(tried.failure)
        #expect(failure.statementIndex == 2)
        #expect(failure.error.sqlState == "SQLITE_CONSTRAINT_UNIQUE")
        #expect(failure.effect == .unchanged)
        #expect(try database.value("SELECT count(*) FROM sqlite_schema WHERE name = 't'") == "0")
    }

    @Test(arguments: [
        ("INSERT INTO t VALUES (NULL)", "SQLITE_CONSTRAINT_NOTNULL"),
        ("INSERT INTO t VALUES (-1)", "SQLITE_CONSTRAINT_CHECK"),
        ("SELEC 1", "SQLITE_ERROR"),
    ])
    func `a failure bears the name of SQLite's result`(sql: String, name: String) async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply(
            "CREATE TABLE t (a INTEGER NOT NULL CHECK (a > 0));\n\(sql);")
        #expect(tried.failure?.error.sqlState == name)
        #expect(tried.failure?.statementIndex == 1)
    }

    @Test func `statements without a transaction may be what a transaction refuses`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply(
            "PRAGMA journal_mode = WAL;\nVACUUM;\nCREATE TABLE t (a INTEGER);\nVACUUM;",
            directive: "no-transaction")
        #expect(tried.failure == nil)
        #expect(tried.outcome.statementsRun == 4)
        #expect(try database.value("PRAGMA journal_mode") == "wal")
    }

    @Test func `what a step attaches is gone for the next`() async throws {
        let database = try TemporaryDatabase()
        let other = database.folder.appending(path: "other.sqlite").path
        let tried = try await database.apply([
            database.migration(
                "1.0.0",
                "ATTACH '\(other)' AS other;\nPRAGMA locking_mode = EXCLUSIVE;\nCREATE TABLE a (id);",
                directive: "no-transaction"),
            database.migration("1.1.0", "CREATE TABLE other.t (a INTEGER);"),
        ])
        #expect(tried[0].failure == nil)
        #expect(tried[1].failure?.error.message == "unknown database other")
    }

    @Test func `a BEGIN without a transaction is rolled back and told`() async throws {
        let database = try TemporaryDatabase()
        var step = try database.migration(
            "1.0.0", "CREATE TABLE a (id);\nSELECT 'x';\nCREATE TABLE b (id);",
            directive: "no-transaction"
        ).upStep
        // What the parser would refuse.
        let text = step.source.text.replacing("SELECT 'x'", with: "BEGIN -- 3")
        step.source = .init(path: step.source.path, bytes: Array(text.utf8))
        let session = try await database.driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
        try await session.prepareRegistry()
        let run = try await session.beginRun(.forTests)
        let outcome = try await session.perform(step, in: run, options: StepOptions()) { _ in }
        #expect(outcome.failure?.effect == .partial(statementsDone: 1))
        #expect(outcome.failure?.statementIndex == 1)
        await session.close()
    }
}
