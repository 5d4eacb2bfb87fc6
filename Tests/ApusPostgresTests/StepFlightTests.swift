import ApusCore
import ApusEngine
import Testing

@testable import ApusPostgres

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct StepFlightTests {
    /// More statements than are sent ahead of their answers.
    private static let many = 700

    private func perform(
        _ up: String, on server: TestServer, options: StepOptions = .init(),
        _ check: (TestDatabase, StepOutcome, Events) async throws -> Void
    ) async throws {
        try await server.withDatabase { database in
            let (session, run) = try await database.session()
            let events = Events()
            let migration = try Migration.test(up: up)
            let outcome = try await session.perform(migration.step(), in: run, options: options) {
                events.add($0)
            }
            let isApplied = try await !session.history().applied.isEmpty
            #expect(isApplied == (outcome.failure == nil))
            try await check(database, outcome, events)
            // Whatever happened, the session goes on to work.
            let next = try Migration.test("2.0.0", up: "CREATE TABLE afterwards (id int);")
            let after = try await session.perform(next.step(), in: run, options: options) { _ in }
            #expect(after.failure == nil)
            try await session.endRun(run, RunEnd(status: .succeeded))
            try await session.releaseLock()
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions, [0, 1, 255, 256, 257, 512, 699])
    func `the statement that fails is named wherever it stands, and nothing behind it is run`(
        server: TestServer, position: Int
    ) async throws {
        let statements = (0..<Self.many).map { index in
            index == position ? "SELECT wrong;" : "SELECT nextval('public.calls');"
        }
        try await server.withDatabase { database in
            // A sequence keeps what a transaction took from it.
            try database.run("CREATE SEQUENCE calls")
            let (session, run) = try await database.session()
            let migration = try Migration.test(up: statements.joined(separator: "\n"))
            let events = Events()
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { events.add($0) }
            let failure = try #require(outcome.failure)
            #expect(failure.error.sqlState == "42703")
            #expect(failure.statementIndex == position)
            #expect(failure.statement?.line == position + 4)
            #expect(failure.effect == .unchanged)
            #expect(outcome.statementsRun == position)
            #expect(events.started == Array(0...position))
            #expect(events.finished == Array(0..<position))
            let calls = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM calls"
            #expect(try database.run(calls) == ["\(position)"])
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `many statements with many rows neither wait for each other nor pile up`(
        server: TestServer
    ) async throws {
        let rows = "SELECT repeat('x', 100) FROM generate_series(1, 2000);"
        let large = "INSERT INTO texts VALUES ('\(String(repeating: "y", count: 100_000))');"
        let script = (0..<Self.many).map { $0.isMultiple(of: 50) ? large : rows }
        try await perform(
            "CREATE TABLE texts (text text);\n" + script.joined(separator: "\n"), on: server
        ) { database, outcome, events in
            #expect(outcome.failure == nil)
            #expect(outcome.statementsRun == Self.many + 1)
            #expect(events.finished == Array(0...Self.many))
            let length = try database.run("SELECT sum(length(text)) FROM texts")
            #expect(length == ["1400000"])
        }
    }

    @Test(arguments: TestServer.versions)
    func `a statement that cannot fly is sent alone in the middle of the transaction`(
        server: TestServer
    ) async throws {
        let huge = String(repeating: "z", count: PipelineRule.largestStatement)
        try await perform(
            """
            SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
            CREATE TABLE guests (id int, name text);
            SAVEPOINT before;
            INSERT INTO guests VALUES (1, 'nobody');
            ROLLBACK TO before;
            COPY guests FROM STDIN;
            2\tsomebody
            \\.
            (SELECT 1);
            INSERT INTO guests VALUES (3, '\(huge)');
            COPY guests TO STDOUT;
            SELECT count(*) FROM guests;
            """, on: server
        ) { database, outcome, events in
            #expect(outcome.failure == nil)
            #expect(outcome.statementsRun == 10)
            #expect(events.started == Array(0..<10))
            #expect(events.finished == Array(0..<10))
            let rows = try database.run("SELECT id FROM guests ORDER BY id")
            #expect(rows == ["2", "3"])
        }
    }

    @Test(arguments: TestServer.versions)
    func `a failure in front of a statement that cannot fly has its own place`(
        server: TestServer
    ) async throws {
        try await perform(
            "SELECT 1;\nSELECT wrong;\nSELECT 3;\nSAVEPOINT later;\nSELECT 5;", on: server
        ) { _, outcome, _ in
            #expect(outcome.failure?.statementIndex == 1)
            #expect(outcome.failure?.effect == .unchanged)
        }
    }

    @Test(arguments: TestServer.versions)
    func `F9 cancelling in mid-flight ends the statement that runs, and nothing behind it is run`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE SEQUENCE calls")
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: "SELECT 1; SELECT pg_sleep(600); SELECT nextval('public.calls');")
            let events = Events()
            let work = Task {
                try await session.perform(migration.step(), in: run, options: .init()) {
                    events.add($0)
                }
            }
            await events.statementStarted(1)
            work.cancel()
            let outcome = try await work.value
            #expect(outcome.failure?.error.code == .interrupted)
            #expect(outcome.failure?.statementIndex == 1)
            #expect(outcome.failure?.effect == .unchanged)
            #expect(try database.run("SELECT is_called FROM calls") == ["f"])
            try await session.endRun(run, RunEnd(status: .interrupted))
            #expect(try await session.history().applied.isEmpty)
            await session.close()
        }
    }

    /// A server that refuses to connect somewhere else says so with the SQLSTATE of a connection.
    @Test(
        arguments: TestServer.versions,
        [
            "DO $$ BEGIN RAISE EXCEPTION 'elsewhere' USING ERRCODE = '08001'; END $$;",
            "SELECT $1;",
        ])
    func `F12 an error about a connection is no lost connection`(
        server: TestServer, statement: String
    ) async throws {
        try await perform(statement, on: server) { _, outcome, _ in
            #expect(outcome.failure?.error.code == .statementFailed)
            #expect(outcome.failure?.statementIndex == 0)
            #expect(outcome.failure?.effect == .unchanged)
        }
    }

    @Test(arguments: TestServer.versions)
    func `F34 the server refuses a second command in one message`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let session = try await database.driver().openSession()
            #expect(try await session.flies("CREATE TABLE things (id int); COMMIT") == "42601")
            #expect(try await session.flies("DO $$ BEGIN COMMIT; END $$") == "2D000")
            #expect(try database.run("SELECT to_regclass('things')") == [nil])
            await session.close()
        }
    }

    @Test(arguments: [
        "BEGIN", "START TRANSACTION", "COMMIT", "END", "COMMIT AND CHAIN", "ROLLBACK", "ABORT",
        "ROLLBACK TO here", "SAVEPOINT here", "RELEASE here", "PREPARE TRANSACTION 'here'",
        "COMMIT PREPARED 'here'", "COPY things FROM STDIN", "COPY things TO STDOUT", "VACUUM",
        "CREATE INDEX CONCURRENTLY ON things (id)", "DISCARD ALL", "(SELECT 1)", "\"SELECT\"",
        "/* SELECT */ COMMIT",
    ])
    func `F34 what may end a transaction, and what brings data, does not fly`(sql: String) throws {
        let source = MigrationSource(path: "test.sql", bytes: Array("\(sql);\n".utf8))
        let script = Script(
            dialect: .postgres, section: 0..<source.count, line: 1, statementCount: 1,
            transaction: .wrapped, meaning: Checksum(of: sql))
        let statement = try #require(script.statements(in: source).first)
        #expect(!PipelineRule.admits(statement, of: source))
    }
}

extension PostgresSession {
    /// The SQLSTATE that a statement in a transaction of its own flight ends with.
    fileprivate func flies(_ sql: String) throws -> String? {
        let connection = try connection
        let flight = Flight<Int>(on: connection) { _, _ in }
        for (index, sql) in ["BEGIN", sql, "COMMIT"].enumerated() { flight.send(sql, as: index) }
        flight.land()
        #expect(flight.failure?.command == 1)
        #expect(connection.isInTransaction)
        connection.batch("ROLLBACK")
        return flight.failure?.error.sqlState
    }
}
