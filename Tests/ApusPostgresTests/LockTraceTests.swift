import ApusCore
import ApusEngine
import Testing

@testable import ApusPostgres

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct LockTraceTests {
    private static let earlier = """
        CREATE TABLE trips (id bigint PRIMARY KEY);
        CREATE TABLE guests (id bigint PRIMARY KEY, trip_id bigint, name text);
        INSERT INTO guests SELECT n FROM generate_series(1, 1000) AS n;
        """

    /// `2 SHARE public.guests scan`
    private func trace(
        _ up: String, on server: TestServer, directives: String = "",
        _ check: (StepOutcome, [String]?) throws -> Void
    ) async throws {
        try await server.withDatabase { database in
            try database.run(Self.earlier)
            let (session, run) = try await database.session()
            let migration = try Migration.test(up: up, directives: directives)
            let outcome = try await session.perform(
                migration.step(), in: run, options: StepOptions(tracesLocks: true)
            ) { _ in }
            let lines = outcome.locks.map { locks in
                locks.map { lock in
                    "\(lock.statement + 1) \(lock.mode.name) \(lock.relation)"
                        + (lock.isRewrite ? " rewrite" : "") + (lock.isScan ? " scan" : "")
                }
            }
            try check(outcome, lines)
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `each statement's locks, rewrites and scans are told, of tables that were there before`(
        server: TestServer
    ) async throws {
        try await trace(
            """
            SET lock_timeout = '3s';
            CREATE TABLE fresh (id bigint REFERENCES trips);
            CREATE INDEX ON guests (name);
            ALTER TABLE guests ADD CHECK (id > 0);
            ALTER TABLE guests ALTER id TYPE numeric;
            UPDATE fresh SET id = 1;
            DROP TABLE trips CASCADE;
            """, on: server
        ) { outcome, locks in
            #expect(outcome.failure == nil)
            #expect(
                locks == [
                    "2 SHARE ROW EXCLUSIVE public.trips", "3 SHARE public.guests scan",
                    "4 ACCESS EXCLUSIVE public.guests scan",
                    "5 ACCESS EXCLUSIVE public.guests rewrite scan",
                    "7 ACCESS EXCLUSIVE public.trips",
                ])
        }
    }

    @Test(arguments: TestServer.versions)
    func `a lock counts from the beginning of the statement that took it until the step's end`(
        server: TestServer
    ) async throws {
        try await trace(
            """
            SELECT pg_sleep(0.1);
            LOCK TABLE guests IN SHARE MODE;
            SELECT pg_sleep(0.2);
            SAVEPOINT here;
            LOCK TABLE trips;
            SELECT pg_sleep(0.1);
            ROLLBACK TO SAVEPOINT here;
            SELECT pg_sleep(0.2);
            """, on: server
        ) { outcome, lines in
            #expect(lines == ["2 SHARE public.guests", "5 ACCESS EXCLUSIVE public.trips"])
            let locks = try #require(outcome.locks)
            #expect(locks[0].held >= .milliseconds(500) && locks[0].held <= outcome.duration)
            // Given back in the middle.
            #expect(locks[1].held >= .milliseconds(100))
            #expect(locks[1].held <= locks[0].held - .milliseconds(400))
        }
    }

    @Test(arguments: TestServer.versions)
    func `a script may set its transaction's properties first, and change role and encoding`(
        server: TestServer
    ) async throws {
        try await trace(
            """
            SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
            SET client_encoding = 'LATIN1';
            SET search_path = pg_catalog;
            ALTER TABLE public.guests ADD COLUMN note text;
            """, on: server
        ) { outcome, locks in
            #expect(outcome.failure == nil)
            #expect(locks == ["4 ACCESS EXCLUSIVE public.guests"])
        }
    }

    @Test(arguments: TestServer.versions)
    func `outside of a transaction, and where nobody asked, nothing is measured`(
        server: TestServer
    ) async throws {
        try await trace(
            "CREATE INDEX CONCURRENTLY i ON guests (name);", on: server,
            directives: "-- apus: no-transaction"
        ) { outcome, locks in
            #expect(outcome.failure == nil && locks == nil)
        }
        try await trace("SELECT wrong;", on: server) { outcome, locks in
            #expect(outcome.failure != nil && locks == nil)
        }
        try await server.withDatabase { database in
            let (session, run) = try await database.session()
            let step = try Migration.test(up: "CREATE TABLE t (a int);").step()
            let outcome = try await session.perform(step, in: run, options: .init()) { _ in }
            #expect(outcome.failure == nil && outcome.locks == nil)
            await session.close()
        }
    }
}
