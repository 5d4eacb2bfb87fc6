import ApusCore
import ApusEngine
import Testing

@testable import ApusPostgres

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct TransactionalStepTests {
    @Test(arguments: TestServer.versions)
    func `a step and its record are there together, and gone together`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: "CREATE TABLE guests (id int); INSERT INTO guests VALUES (1), (2);",
                down: "DROP TABLE guests;")
            let up = try await session.perform(migration.step(), in: run, options: .init()) { _ in }
            #expect(up.failure == nil)
            #expect(up.statementsRun == 2)
            #expect(try database.run("SELECT count(*) FROM guests") == ["2"])
            let history = try await session.history()
            #expect(history.applied.map(\.id) == [migration.id])
            #expect(
                history.applied[0].text
                    == .whole(migration.source.bytes(0..<migration.source.count)))
            #expect(history.applied[0].appliedBy == "apus (tester@here)")
            #expect(history.applied[0].run == run)

            let down = try await session.perform(
                migration.step(.down), in: run, options: .init()
            ) { _ in }
            #expect(down.failure == nil)
            #expect(try await session.history().applied.isEmpty)
            #expect(try database.run("SELECT to_regclass('guests')") == [nil])
            await session.close()
        }
    }

    @Test(arguments: [
        "CREATE TABLE a (id int); SET LOCAL transaction_read_only = on;",
        "SET TRANSACTION READ ONLY; CREATE TABLE a (id int);",
    ])
    func `F15 a script that makes its transaction read-only is at fault, not the server`(
        up: String
    ) async throws {
        try await TestServer.postgres15.withDatabase { database in
            let (session, run) = try await database.session()
            let outcome = try await session.perform(
                try Migration.test(up: up).step(), in: run, options: .init()
            ) { _ in }
            let failure = try #require(outcome.failure)
            #expect(failure.error.code == .statementFailed)
            #expect(failure.error.sqlState == "25006")
            #expect(failure.error.detail?.contains("made its own transaction read-only") == true)
            #expect(failure.effect == .unchanged)
            #expect(try database.run("SELECT to_regclass('a')") == [nil])
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `a failing statement is rolled back and says where`(server: TestServer) async throws {
        try await server.withDatabase { database in
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: "CREATE TABLE guests (id int);\nSELECT wrong FROM guests;")
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            let failure = try #require(outcome.failure)
            #expect(failure.error.code == .statementFailed)
            #expect(failure.error.sqlState == "42703")
            #expect(failure.error.position == 8)
            #expect(failure.statementIndex == 1)
            #expect(failure.effect == .unchanged)
            #expect(try database.run("SELECT to_regclass('guests')") == [nil])
            #expect(try await session.history().unfinished.isEmpty)
            let journal = try #require(try await session.run(run)).journal
            #expect(journal.map(\.status) == [.failed])
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F5 a constraint that fails at COMMIT is a failure that changes nothing`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: """
                    CREATE TABLE rooms (id int PRIMARY KEY);
                    CREATE TABLE beds (
                        room int REFERENCES rooms DEFERRABLE INITIALLY DEFERRED);
                    INSERT INTO beds VALUES (7);
                    """)
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure?.error.code == .commitFailed)
            #expect(outcome.failure?.error.sqlState == "23503")
            #expect(outcome.failure?.effect == .unchanged)
            #expect(try await session.history().applied.isEmpty)
            await session.close()
        }
    }

    @Test
    func `F5 COMMIT answered with ROLLBACK is a failure`() async throws {
        try await TestServer.postgres15.withDatabase { database in
            let session = try await database.driver().openSession()
            let error = await #expect(throws: DatabaseError.self) {
                try await session.commitFailedTransaction()
            }
            #expect(error?.code == .commitFailed)
            #expect(error?.message == "the server answered COMMIT with ROLLBACK")
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F35 F36 F37 nothing of a migration's session reaches the next`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE SCHEMA elsewhere")
            let (session, run) = try await database.session()
            let leaky = try Migration.test(
                "1.0.0",
                up: """
                    SET search_path = elsewhere;
                    SET lock_timeout = 0;
                    SET statement_timeout = 1234;
                    SET standard_conforming_strings = on;
                    SET client_encoding = 'LATIN1';
                    CREATE TEMPORARY TABLE left_over (id int);
                    PREPARE left_over AS SELECT 1;
                    DECLARE left_over CURSOR WITH HOLD FOR SELECT 1;
                    LISTEN left_over;
                    """)
            let first = try await session.perform(leaky.step(), in: run, options: .init()) { _ in }
            #expect(first.failure == nil)
            let checking = try Migration.test(
                "1.1.0",
                up: """
                    CREATE TABLE found AS SELECT current_setting('search_path') AS path,
                        current_setting('statement_timeout') AS timeout,
                        current_setting('lock_timeout') AS lock_timeout,
                        current_setting('client_encoding') AS encoding,
                        to_regclass('left_over') IS NOT NULL AS has_table,
                        (SELECT count(*) FROM pg_prepared_statements) AS statements,
                        (SELECT count(*) FROM pg_cursors WHERE name = 'left_over') AS cursors,
                        (SELECT count(*) FROM pg_listening_channels()) AS channels;
                    """)
            let second = try await session.perform(
                checking.step(), in: run, options: .init()
            ) { _ in }
            #expect(second.failure == nil)
            #expect(
                try database.run(
                    "SELECT concat_ws('|', path, timeout, lock_timeout, encoding, has_table,"
                        + " statements, cursors, channels) FROM found")
                    == ["public|0|5s|UTF8|f|0|0|0"])
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F44 the data of COPY FROM STDIN is sent as it stands`(server: TestServer) async throws {
        try await server.withDatabase { database in
            let (session, run) = try await database.session()
            let rows = (1...20_000).map { "\($0)\tguest \($0) ö" }.joined(separator: "\n")
            let migration = try Migration.test(
                up: """
                    CREATE TABLE guests (id int, name text);
                    COPY guests FROM STDIN;
                    \(rows)
                    \\.
                    COPY guests TO STDOUT;
                    CREATE TABLE rooms (id int);
                    """)
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure == nil)
            #expect(try database.run("SELECT count(*) FROM guests") == ["20000"])
            #expect(
                try database.run("SELECT name FROM guests WHERE id = 20000") == ["guest 20000 ö"])
            await session.close()
        }
    }

    @Test
    func `wrong COPY data fails the step and leaves the session usable`() async throws {
        try await TestServer.postgres15.withDatabase { database in
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: """
                    CREATE TABLE guests (id int);
                    COPY guests FROM STDIN;
                    1
                    two
                    \\.
                    """)
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure?.error.sqlState == "22P02")
            #expect(outcome.failure?.effect == .unchanged)
            #expect(try await session.history().applied.isEmpty)
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `a lock that times out names its holder, and the step is tried again`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int)")
            let (session, run) = try await database.session()
            let other = try database.connect()
            try other.run("SET application_name = 'the blocker'")
            try other.run("BEGIN; LOCK TABLE guests")
            let events = Events()
            let migration = try Migration.test(up: "ALTER TABLE guests ADD COLUMN name text;")
            let options = StepOptions(lockTimeout: .milliseconds(400), lockRetries: 1)
            let outcome = try await session.perform(
                migration.step(), in: run, options: options
            ) { events.add($0) }
            let failure = try #require(outcome.failure)
            #expect(failure.error.code == .lockTimeout)
            #expect(failure.error.detail?.contains("the blocker") == true)
            #expect(failure.effect == .unchanged)
            #expect(events.retries == 1)
            #expect(events.holders.contains { $0.application == "the blocker" })

            try other.run("COMMIT")
            let again = try await session.perform(
                migration.step(), in: run, options: options
            ) { _ in }
            #expect(again.failure == nil)
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F12 a connection that is cut in a statement leaves the database unchanged`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: "CREATE TABLE guests (id int); SELECT pg_terminate_backend(pg_backend_pid());")
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure?.error.code == .connectionLost)
            #expect(outcome.failure?.effect == .unchanged)
            #expect(try database.run("SELECT to_regclass('guests')") == [nil])
            // The session goes on with a new connection, and holds the lock.
            let next = try Migration.test("1.1.0", up: "CREATE TABLE rooms (id int);")
            #expect(
                try await session.perform(next.step(), in: run, options: .init()) { _ in }.failure
                    == nil)
            try await session.endRun(run, RunEnd(status: .succeeded))
            try await session.releaseLock()
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F4 a COMMIT whose answer is lost is asked for`(server: TestServer) async throws {
        try await server.withDatabase { database in
            let (session, run) = try await database.session()
            // The trigger cuts its own connection while the transaction is committing: it is aborted.
            let aborted = try Migration.test(
                up: """
                    CREATE TABLE guests (id int);
                    CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
                        BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
                    CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON guests
                        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut();
                    INSERT INTO guests VALUES (1);
                    """)
            let outcome = try await session.perform(
                aborted.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure?.error.code == .connectionLost)
            #expect(outcome.failure?.effect == .unchanged)
            #expect(try await session.history().applied.isEmpty)
            await session.close()
        }
    }

    @Test
    func `F9 cancelling the task cancels the statement on the server`() async throws {
        try await TestServer.postgres15.withDatabase { database in
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: "CREATE TABLE guests (id int); SELECT pg_sleep(600);")
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
            #expect(outcome.failure?.effect == .unchanged)
            try await session.endRun(run, RunEnd(status: .interrupted))
            #expect(try await session.history().applied.isEmpty)
            await session.close()
        }
    }

    @Test(arguments: ["SET ROLE", "SET SESSION AUTHORIZATION"])
    func `F36 a role that a migration took on does not reach the next`(
        command: String
    ) async throws {
        try await TestServer.superuser15.withDatabase { database in
            let role = "weak_\(database.name)"
            try database.run("CREATE ROLE \(role)")
            let (session, run) = try await database.session()
            let leaky = try Migration.test("1.0.0", up: "\(command) \(role);")
            let next = try Migration.test(
                "1.1.0",
                up: "CREATE TABLE found AS SELECT current_user AS role, session_user AS login;")
            for migration in [leaky, next] {
                let outcome = try await session.perform(
                    migration.step(), in: run, options: .init()
                ) { _ in }
                #expect(outcome.failure == nil)
            }
            await session.close()
            #expect(
                try database.run("SELECT concat(role, ' ', login) FROM found")
                    == ["postgres postgres"])
            try database.run("DROP ROLE \(role)")
        }
    }

    @Test
    func `a role that a migration took on does not write Apus's rows`() async throws {
        try await TestServer.superuser15.withDatabase { database in
            let role = "weak_\(database.name)"
            try database.run("CREATE ROLE \(role)")
            let (session, run) = try await database.session()
            let migration = try Migration.test(up: "SET ROLE \(role); SELECT 1;")
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure == nil)
            let alone = try Migration.test(
                "1.1.0", up: "SET ROLE \(role); SELECT 1; SELECT 2;",
                directives: "-- apus: no-transaction")
            #expect(
                try await session.perform(alone.step(), in: run, options: .init()) { _ in }.failure
                    == nil)
            await session.close()
            try database.run("DROP ROLE \(role)")
        }
    }
}

extension PostgresSession {
    /// What a server does with COMMIT where the transaction has failed before.
    fileprivate func commitFailedTransaction() throws {
        let connection = try connection
        connection.batch("BEGIN; SELECT 1/0")
        let work = StepWork(
            step: try Migration.test(up: "SELECT 1;").step(), run: RunID(1), options: .init(),
            report: { _ in },
            watch: StatementWatch(address: address, serverProcess: serverProcess) { _ in })
        let formation = Formation([work]) { _ in }
        _ = formation.send(0)
        let flight = Flight(on: connection) { formation.take($0, $1) }
        flight.send("COMMIT", as: .commit)
        do throws(AttemptFailure) {
            _ = try land(flight, formation)
        } catch {
            throw error.error
        }
    }
}
