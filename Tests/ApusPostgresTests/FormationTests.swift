import ApusCore
import ApusEngine
import Testing

@testable import ApusPostgres

/// Steps that fly together.
@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct FormationTests {
    /// What a plan refuses where it can be seen.
    private static let unlocking =
        "DO $$ BEGIN EXECUTE 'SELECT pg_advisory_unlock' || '_all()'; END $$;"

    private func steps(_ ups: [String], directives: String = "") throws -> [Step] {
        try ups.enumerated().map { place, up in
            try Migration.test("1.\(place).0", up: up, directives: directives).step()
        }
    }

    /// Takes steps once, checks that what is told of them is what the history says, and that the session
    /// goes on to work.
    private func perform(
        _ steps: [Step], on server: TestServer, options: StepOptions = .init(),
        before: String = "SELECT 1",
        _ check: (TestDatabase, PostgresSession, [StepOutcome], StretchEvents) async throws -> Void
    ) async throws {
        try await server.withDatabase { database in
            try database.run(before)
            let (session, run) = try await database.session()
            let events = StretchEvents()
            let outcomes = try await session.perform(steps, in: run, options: options) {
                events.add($0)
            }
            let done = outcomes.filter { $0.failure == nil }.map(\.id)
            #expect(try await session.history().applied.map(\.id) == done)
            #expect(outcomes.map(\.id) == steps.prefix(outcomes.count).map(\.id))
            #expect(events.order == (0..<outcomes.count).flatMap { ["begin \($0)", "end \($0)"] })
            try await check(database, session, outcomes, events)
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `hundreds of steps fly one behind the other`(server: TestServer) async throws {
        let ups = (0..<300).map { "CREATE TABLE t\($0) (id int); INSERT INTO t\($0) VALUES (1);" }
        try await perform(try steps(ups), on: server) { database, _, outcomes, events in
            #expect(outcomes.count == 300)
            #expect(outcomes.allSatisfy { $0.failure == nil && $0.statementsRun == 2 })
            #expect(events.statements.count == 1200)
            let transactions = "SELECT count(DISTINCT xmin::text) FROM apus.migrations"
            let count = try database.run(transactions)
            #expect(count == ["300"], "each has its own transaction")
        }
    }

    @Test(arguments: TestServer.versions, [0, 1, 40, 79])
    func `a step that fails at COMMIT leaves those before it, and nothing behind it`(
        server: TestServer, position: Int
    ) async throws {
        let ups = (0..<80).map { place in
            place == position
                ? "INSERT INTO child VALUES (1);" : "SELECT nextval('public.calls');"
        }
        try await perform(
            try steps(ups), on: server,
            before: """
                CREATE SEQUENCE calls; CREATE TABLE parent (id int PRIMARY KEY);
                CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
                """
        ) { database, session, outcomes, _ in
            #expect(outcomes.count == position + 1)
            #expect(outcomes.last?.failure?.error.code == .commitFailed)
            #expect(outcomes.last?.failure?.effect == .unchanged)
            // A sequence keeps what a transaction took from it.
            let calls = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM calls"
            #expect(try database.run(calls) == ["\(position)"])
            let journal = try database.run("SELECT status FROM apus.journal ORDER BY entry")
            #expect(journal == Array(repeating: "done", count: position) + ["failed"])
        }
    }

    @Test(arguments: TestServer.versions)
    func `F17 behind a step that gives the lock away nothing is run`(
        server: TestServer
    ) async throws {
        let ups = [
            "CREATE TABLE first (id int);", Self.unlocking,
            "CREATE TABLE third (id int);", "CREATE TABLE fourth (id int);",
        ]
        let steps = try steps(ups)
        try await perform(steps, on: server) { database, session, outcomes, _ in
            #expect(outcomes.map { $0.failure == nil } == [true, true])
            let before = try database.run("SELECT to_regclass('third')")
            #expect(before == [nil])
            var refusal: DiagnosticCode?
            do throws(DatabaseError) {
                _ = try await session.perform(
                    Array(steps[2...]), in: RunID(1), options: .init()
                ) { _ in }
            } catch {
                refusal = error.code
            }
            #expect(refusal == .lockLost)
            #expect(try database.run("SELECT to_regclass('third')") == [nil])
        }
    }

    @Test(arguments: TestServer.versions)
    func
        `behind a step that runs no functions the next begins at once, and what is told is the same`(
            server: TestServer
        ) async throws
    {
        let ups = [
            "CREATE TABLE a (id int);", "DROP TABLE a;", "SELECT 1;", "CREATE TABLE b (id int);",
        ]
        try await perform(try steps(ups), on: server) { _, _, outcomes, events in
            #expect(outcomes.count == 4)
            #expect(outcomes.allSatisfy { $0.failure == nil && $0.statementsRun == 1 })
            #expect(events.statements.count == 8)
        }
    }

    @Test(arguments: [TestServer.postgres15, .postgres18])
    func `F17 an event trigger that gives the lock away is noticed behind a step of definitions`(
        server: TestServer
    ) async throws {
        let trigger = """
            CREATE FUNCTION give() RETURNS event_trigger LANGUAGE plpgsql AS
                $$ BEGIN EXECUTE 'SELECT pg_advisory_unlock' || '_all()'; END $$;
            CREATE EVENT TRIGGER given ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
                EXECUTE FUNCTION give();
            """
        // There from the beginning, and made by a step on the way.
        for ups in [[], ["SELECT 1;", Self.hidden(trigger)]] {
            try await server.withDatabase { database in
                let superuser = try server.superuserURL
                let slash = try #require(superuser.lastIndex(of: "/"))
                let url = "\(superuser[..<slash])/\(database.name)"
                let session = try await PostgresDriver(
                    connection: try PostgresConnectionString(url), registrySchema: "apus",
                    toolsFolder: nil
                ).openSession()
                try await session.acquireLock(waitingAtMost: .zero) { _ in }
                try await session.prepareRegistry()
                try await session.releaseLock()
                if ups.isEmpty { try plainly(trigger, at: url) }
                try await session.acquireLock(waitingAtMost: .zero) { _ in }
                let run = try await session.beginRun(.test)
                let steps = try steps(
                    ups + ["CREATE TABLE first (id int);", "CREATE TABLE second (id int);"])
                var taken = 0
                var refusal: DiagnosticCode?
                do throws(DatabaseError) {
                    while taken < steps.count {
                        taken += try await session.perform(
                            Array(steps[taken...]), in: run, options: .init()
                        ) { _ in }.count
                    }
                } catch {
                    refusal = error.code
                }
                #expect(refusal == .lockLost)
                #expect(try database.run("SELECT to_regclass('second')") == [nil])
                await session.close()
            }
        }
    }

    /// What a plan cannot see into.
    private static func hidden(_ sql: String) -> String {
        "DO $do$ BEGIN EXECUTE $sql$\(sql)$sql$; END $do$;"
    }

    @Test(arguments: TestServer.versions)
    func `what a step stores for new sessions reaches the step behind it`(
        server: TestServer
    ) async throws {
        let store = """
            DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''7MB''',
                current_database()); END $$;
            """
        let look = "INSERT INTO seen SELECT current_setting('work_mem');"
        let steps = try steps(["CREATE TABLE seen (value text);", look, store, look, look])
        try await perform(steps, on: server) { database, session, outcomes, _ in
            var taken = outcomes.count
            #expect(taken == 3, "the flight lands behind what was stored")
            while taken < steps.count {
                taken += try await session.perform(
                    Array(steps[taken...]), in: RunID(1), options: .init()
                ) { #expect($0.failure == nil) }.count
            }
            let seen = try database.run("SELECT value FROM seen")
            #expect(seen.count == 3)
            #expect(seen[0] != "7MB")
            #expect(seen[1...] == ["7MB", "7MB"])
        }
    }

    @Test(arguments: TestServer.versions)
    func `a step that may store settings and stores none does not end the flight`(
        server: TestServer
    ) async throws {
        let ups = ["DO $$ BEGIN NULL; END $$;", "SELECT 1;", "CREATE TABLE third (id int);"]
        try await perform(try steps(ups), on: server) { _, _, outcomes, _ in
            #expect(outcomes.count == 3)
        }
    }

    @Test(arguments: TestServer.versions)
    func `what cannot fly is sent alone in the middle of the formation`(
        server: TestServer
    ) async throws {
        let huge = String(repeating: "z", count: PipelineRule.largestStatement)
        let ups = [
            "CREATE TABLE guests (id int, name text);",
            "INSERT INTO guests VALUES (1, 'one'); SAVEPOINT s; DELETE FROM guests; ROLLBACK TO s;",
            "COPY guests FROM STDIN;\n2\ttwo\n\\.\nSELECT count(*) FROM guests;",
            "INSERT INTO guests VALUES (3, '\(huge)');",
            "COPY guests TO STDOUT;", "INSERT INTO guests VALUES (6, 'six');",
        ]
        try await perform(try steps(ups), on: server) { database, _, outcomes, events in
            #expect(outcomes.allSatisfy { $0.failure == nil })
            #expect(outcomes.map(\.statementsRun) == [1, 4, 2, 1, 1, 1])
            #expect(events.statements.count == 20)
            let ids = try database.run("SELECT id FROM guests ORDER BY id")
            #expect(ids == ["1", "2", "3", "6"])
        }
    }

    @Test(arguments: TestServer.versions)
    func `what cannot fly is not run where the step before it gave the lock away`(
        server: TestServer
    ) async throws {
        let ups = [
            "CREATE TABLE guests (id int);", Self.unlocking,
            "COPY guests FROM STDIN;\n2\n\\.\n",
        ]
        try await perform(try steps(ups), on: server) { database, _, outcomes, _ in
            #expect(outcomes.map { $0.failure == nil } == [true, true])
            let rows = try database.run("SELECT count(*) FROM guests")
            #expect(rows == ["0"])
        }
    }

    @Test(arguments: TestServer.versions)
    func `a step that waits too long for a lock is tried again, and those behind it follow`(
        server: TestServer
    ) async throws {
        let ups = [
            "CREATE TABLE first (id int);", "ALTER TABLE busy ADD COLUMN more int;",
            "CREATE TABLE third (id int);",
        ]
        try await server.withDatabase { database in
            try database.run("CREATE TABLE busy (id int)")
            let holder = try database.connect()
            let process = try holder.run("SELECT pg_backend_pid()")[0] ?? ""
            try holder.run("BEGIN; LOCK TABLE busy")
            let (session, run) = try await database.session()
            let events = StretchEvents()
            let outcomes = try await session.perform(
                try steps(ups), in: run, options: StepOptions(lockTimeout: .milliseconds(100))
            ) { event in
                events.add(event)
                if case .step(1, .retrying) = event {
                    _ = try? database.run("SELECT pg_terminate_backend(\(process))")
                }
            }
            withExtendedLifetime(holder) {}
            #expect(outcomes.count == 3)
            #expect(outcomes.allSatisfy { $0.failure == nil })
            #expect(events.order == (0..<3).flatMap { ["begin \($0)", "end \($0)"] })
            let journal = try database.run("SELECT status FROM apus.journal ORDER BY entry")
            #expect(journal == ["done", "done", "done"])
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `a step's time begins when the step before it is over`(server: TestServer) async throws {
        let ups = ["SELECT pg_sleep(0.5);", "CREATE TABLE second (id int);"]
        try await perform(try steps(ups), on: server) { database, _, outcomes, _ in
            #expect(outcomes[0].duration >= .milliseconds(500))
            #expect(
                outcomes[1].startedAt.microseconds - outcomes[0].startedAt.microseconds >= 500_000)
            let apart = """
                SELECT max(started_at) - min(started_at) >= interval '0.5 s'
                    AND min(duration_us) < 500000 AND max(duration_us) >= 500000 FROM apus.journal
                """
            let areApart = try database.run(apart)
            #expect(areApart == ["t"])
        }
    }

    @Test(arguments: TestServer.versions)
    func `a warning is told of the step that it belongs to`(server: TestServer) async throws {
        let ups = [
            "SELECT 1;", "DO $$ BEGIN RAISE WARNING 'look here'; END $$;", "SELECT 1;",
        ]
        try await perform(try steps(ups), on: server) { _, _, _, events in
            #expect(events.notices == ["1 WARNING: look here"])
        }
    }

    @Test(arguments: TestServer.versions)
    func `a server that ends the session in mid-flight has done what it answered`(
        server: TestServer
    ) async throws {
        let ups = [
            "CREATE TABLE first (id int);", "SELECT pg_terminate_backend(pg_backend_pid());",
            "CREATE TABLE third (id int);",
        ]
        try await perform(try steps(ups), on: server) { database, _, outcomes, _ in
            #expect(outcomes.count == 2)
            #expect(outcomes[0].failure == nil)
            #expect(outcomes[1].failure?.error.code == .connectionLost)
            #expect(outcomes[1].failure?.effect == .unchanged)
            let third = try database.run("SELECT to_regclass('third')")
            #expect(third == [nil])
        }
    }
}
