import ApusCore
import ApusEngine
import Testing

@testable import ApusPostgres

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct NonTransactionalStepTests {
    private static let alone = "-- apus: no-transaction"

    @Test(arguments: TestServer.versions)
    func `F33 a step that stops midway is resumed where it stopped`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let (session, run) = try await database.session()
            let broken = try Migration.test(
                up: "CREATE TABLE a (id int); SELECT * FROM b; CREATE TABLE c (id int);",
                directives: Self.alone)
            let outcome = try await session.perform(
                broken.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure?.effect == .partial(statementsDone: 1))
            #expect(outcome.failure?.statementIndex == 1)
            let unfinished = try #require(try await session.history().unfinished.first)
            #expect(unfinished.id == broken.id)
            #expect(unfinished.statementsDone == 1)
            #expect(unfinished.statementCount == 3)

            try database.run("CREATE TABLE public.b (id int)")
            let resumed = try await session.perform(
                broken.step(first: 1), in: run, options: .init()
            ) { _ in }
            #expect(resumed.failure == nil)
            #expect(resumed.statementsRun == 2)
            let history = try await session.history()
            #expect(history.applied.map(\.id) == [broken.id])
            #expect(history.unfinished.isEmpty)
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F29 an invalid index is dropped and built again, also under IF NOT EXISTS`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int); INSERT INTO guests VALUES (1), (1)")
            #expect(throws: (any Error).self) {
                try database.run("CREATE UNIQUE INDEX CONCURRENTLY \"By Id\" ON guests (id)")
            }
            try database.run("DELETE FROM guests")
            #expect(
                try database.run(
                    "SELECT indisvalid FROM pg_index WHERE indrelid = 'guests'::regclass") == ["f"])

            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"By Id\" ON guests (id);",
                directives: Self.alone)
            let events = Events()
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { events.add($0) }
            #expect(outcome.failure == nil)
            #expect(events.droppedIndexes == ["public.\"By Id\""])
            #expect(
                try database.run(
                    "SELECT indisvalid FROM pg_index WHERE indrelid = 'guests'::regclass") == ["t"])
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions, ["by_id ", ""])
    func `a concurrent build that fails leaves no index and no effect`(
        server: TestServer, name: String
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int); INSERT INTO guests VALUES (1), (1)")
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: "CREATE UNIQUE INDEX CONCURRENTLY \(name)ON guests (id);",
                directives: Self.alone)
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure?.error.sqlState == "23505")
            #expect(outcome.failure?.effect == .unchanged)
            #expect(
                try database.run(
                    "SELECT indexrelid FROM pg_index WHERE indrelid = 'guests'::regclass"
                ).isEmpty)
            #expect(try await session.history().unfinished.isEmpty)
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F27 a concurrent build outlasts the lock timeout, names its blocker, and puts it back`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int)")
            let (session, run) = try await database.session()
            let other = try database.connect()
            try other.run("SET application_name = 'the reader'")
            try other.run("BEGIN; INSERT INTO guests VALUES (1)")
            let migration = try Migration.test(
                up: """
                    CREATE INDEX CONCURRENTLY by_id ON guests (id);
                    CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS limited;
                    """, directives: Self.alone)
            let events = Events()
            let work = Task {
                try await session.perform(
                    migration.step(), in: run,
                    options: StepOptions(lockTimeout: .milliseconds(100), lockRetries: 0)
                ) { events.add($0) }
            }
            while !events.holders.contains(where: { $0.application == "the reader" }) {
                try await Task.sleep(for: .milliseconds(20))
            }
            try other.run("COMMIT")
            #expect(try await work.value.failure == nil)
            #expect(!events.phases.isEmpty)
            #expect(try database.run("SELECT limited FROM public.seen") == ["100ms"])
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `a build that finished before its record counts as done`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int)")
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up:
                    "SELECT 1; CREATE INDEX CONCURRENTLY by_id ON guests (id); SELECT * FROM later;",
                directives: Self.alone)
            let first = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(first.failure?.effect == .partial(statementsDone: 2))
            // As if the process had died between the index and the note that it is there.
            try database.run(
                "UPDATE apus.journal SET statements_done = 1; CREATE TABLE public.later (id int)")
            let resumed = try await session.perform(
                migration.step(first: 1), in: run, options: .init()
            ) { _ in }
            #expect(resumed.failure == nil)
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F12 a connection that is cut leaves an unfinished step and a session that goes on`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: "CREATE TABLE a (id int); SELECT pg_terminate_backend(pg_backend_pid());",
                directives: Self.alone)
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure?.error.code == .connectionLost)
            #expect(outcome.failure?.effect == .partial(statementsDone: 1))
            let unfinished = try await session.history().unfinished
            #expect(unfinished.map(\.statementsDone) == [1])
            let settling = Step(
                id: migration.id, direction: .down, action: .record, origin: .file,
                script: migration.up, source: migration.source)
            _ = try await session.perform(settling, in: run, options: .init()) { _ in }
            #expect(try await session.history().unfinished.isEmpty)
            try await session.endRun(run, RunEnd(status: .failed))
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F30 each statement is sent by itself`(server: TestServer) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int)")
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: """
                    INSERT INTO guests VALUES (1);
                    VACUUM guests;
                    INSERT INTO guests VALUES (2);
                    DO $$ BEGIN INSERT INTO guests VALUES (3); COMMIT; END $$;
                    SELECT 1 / 0;
                    """, directives: Self.alone)
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure?.error.sqlState == "22012")
            #expect(outcome.failure?.effect == .partial(statementsDone: 4))
            #expect(try database.run("SELECT count(*) FROM guests") == ["3"])
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F6 a statement and the note that it is done are there together, and gone together`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            // Cuts the connection while the statement is being committed.
            try database.run(
                """
                CREATE TABLE guests (id int);
                CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON guests
                    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut();
                """)
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: "SELECT 1; INSERT INTO guests VALUES (1); SELECT * FROM later;",
                directives: Self.alone)
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure?.error.code == .connectionLost)
            #expect(outcome.failure?.effect == .partial(statementsDone: 1))
            #expect(try database.run("SELECT count(*) FROM guests") == ["0"])

            try database.run("DROP TRIGGER cut ON guests")
            _ = try await session.perform(migration.step(first: 1), in: run, options: .init()) {
                _ in
            }
            #expect(try await session.history().unfinished.map(\.statementsDone) == [2])
            try database.run("CREATE TABLE later (id int)")
            let resumed = try await session.perform(
                migration.step(first: 2), in: run, options: .init()
            ) { _ in }
            #expect(resumed.failure == nil)
            #expect(try database.run("SELECT count(*) FROM guests") == ["1"])
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F33 what a script has set in its session is set again where it resumes`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let (first, run) = try await database.session()
            let migration = try Migration.test(
                up: """
                    CREATE SCHEMA aside;
                    SET search_path = aside;
                    SELECT * FROM later;
                    CREATE TABLE here (id int);
                    """, directives: Self.alone)
            let stopped = try await first.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(stopped.failure?.effect == .partial(statementsDone: 2))
            await first.close()

            try database.run("CREATE TABLE aside.later (id int)")
            let (second, again) = try await database.session()
            let resumed = try await second.perform(
                migration.step(first: 2), in: again, options: .init()
            ) { _ in }
            #expect(resumed.failure == nil)
            #expect(try database.run("SELECT to_regclass('aside.here') IS NOT NULL") == ["t"])
            await second.close()
        }
    }

    @Test
    func `an index name is read behind comments, quotes and IF NOT EXISTS`() throws {
        func index(_ sql: String) throws -> ConcurrentIndex? {
            let migration = try Migration.test(up: sql + ";", directives: Self.alone)
            let statement = try #require(migration.up.statements(in: migration.source).first)
            return ConcurrentIndex(statement, of: migration.source)
        }
        let quoted = try index(
            "CREATE UNIQUE INDEX CONCURRENTLY /* x */ IF NOT EXISTS \"On\" ON ONLY s.\"T\" (id)")
        #expect(quoted?.name == "\"On\"")
        #expect(quoted?.table == "s.\"T\"")
        let unnamed = try index("create index concurrently on guests (id)")
        #expect(unnamed?.name == nil)
        #expect(unnamed?.table == "guests")
        #expect(try index("CREATE INDEX by_id ON guests (id)") == nil)
    }
}
