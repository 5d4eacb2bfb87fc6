import ApusCore
import ApusEngine
import Synchronization
import Testing

@testable import ApusPostgres

/// What a session of ours holds while it waits, and what others hold.
@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct LockWaitTests {
    private static let sections = ["", "-- apus: no-transaction"]

    @Test(arguments: TestServer.versions, sections)
    func `F25 between two attempts no transaction is open`(
        server: TestServer, directive: String
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int)")
            let (session, run) = try await database.session()
            let other = try database.connect()
            try other.run("BEGIN; LOCK TABLE guests")
            let migration = try Migration.test(
                up: "ALTER TABLE guests ADD COLUMN name text;", directives: directive)
            let seen = Seen()
            let outcome = try await session.perform(
                migration.step(), in: run,
                options: StepOptions(lockTimeout: .milliseconds(50), lockRetries: 1)
            ) { event in
                if case .retrying = event { seen.look(at: database) }
            }
            #expect(outcome.failure?.error.code == .lockTimeout)
            #expect(seen.states == ["idle"])
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F22 while an index is built concurrently no session of ours is idle in a transaction`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int)")
            let (session, run) = try await database.session()
            let waiter = try await database.driver().openSession()
            let waiting = Task {
                try await waiter.acquireLock(waitingAtMost: .seconds(60)) { _ in }
            }
            let other = try database.connect()
            try other.run("BEGIN; INSERT INTO guests VALUES (1)")
            let migration = try Migration.test(
                up: "SELECT count(*) FROM guests; CREATE INDEX CONCURRENTLY by_id ON guests (id);",
                directives: "-- apus: no-transaction")
            let events = Events()
            let work = Task {
                try await session.perform(migration.step(), in: run, options: .init()) {
                    events.add($0)
                }
            }
            while events.holders.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            let states = try database.run(
                """
                SELECT state FROM pg_stat_activity WHERE datname = current_database()
                AND application_name LIKE 'apus%' ORDER BY state
                """)
            #expect(states.contains("active"))
            #expect(!states.contains { $0?.hasPrefix("idle in transaction") == true })
            try other.run("COMMIT")
            #expect(try await work.value.failure == nil)
            try await session.releaseLock()
            try await waiting.value
            await session.close()
            await waiter.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F26 a dump of somebody else's that is in the way is named`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int)")
            let (session, run) = try await database.session()
            let dump = try database.connect()
            try dump.run("SET application_name = 'pg_dump'")
            try dump.run("BEGIN; LOCK TABLE guests IN ACCESS SHARE MODE")
            let process = try #require(try dump.run("SELECT pg_backend_pid()").first ?? nil)
            let migration = try Migration.test(up: "ALTER TABLE guests ADD COLUMN name text;")
            let outcome = try await session.perform(
                migration.step(), in: run,
                options: StepOptions(lockTimeout: .seconds(3), lockRetries: 0)
            ) { _ in }
            let error = try #require(outcome.failure?.error)
            #expect(error.code == .lockTimeout)
            #expect(error.detail?.contains("process \(process)") == true)
            #expect(error.detail?.contains("pg_dump") == true)
            #expect(error.help.contains("SELECT pg_terminate_backend(\(process));"))
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions, sections)
    func `a wait that a lock timeout ends is told with its length and who was in the way`(
        server: TestServer, directive: String
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int)")
            let (session, run) = try await database.session()
            let other = try database.connect()
            try other.run("BEGIN; LOCK TABLE guests")
            let process = try #require(try other.run("SELECT pg_backend_pid()").first ?? nil)
            let migration = try Migration.test(
                up: "ALTER TABLE guests ADD COLUMN name text;", directives: directive)
            let events = Events()
            let start = ContinuousClock.now
            let outcome = try await session.perform(
                migration.step(), in: run,
                options: StepOptions(lockTimeout: .seconds(3), lockRetries: 0)
            ) { events.add($0) }
            #expect(outcome.failure?.error.code == .lockTimeout)
            let wait = try #require(events.waits.first)
            #expect(events.waits.count == 1)
            #expect(wait.holder?.processID.map(String.init) == process)
            // The server waited three seconds; to learn when that began took a question and its answer.
            #expect(wait.time > .seconds(2) && wait.time < ContinuousClock.now - start)
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `a wait that ends with the lock is told once, and a long statement is none`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int)")
            let (session, run) = try await database.session()
            let other = try database.connect()
            try other.run("BEGIN; LOCK TABLE guests")
            let migration = try Migration.test(
                up: "SELECT pg_sleep(1.5); ALTER TABLE guests ADD COLUMN name text;")
            let events = Events()
            let work = Task {
                try await session.perform(
                    migration.step(), in: run, options: StepOptions(lockTimeout: .seconds(60))
                ) { events.add($0) }
            }
            while events.holders.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            try other.run("COMMIT")
            let outcome = try await work.value
            #expect(outcome.failure == nil)
            let wait = try #require(events.waits.first)
            #expect(events.waits.count == 1)
            #expect(wait.time > .zero)
            // The sleep before it is no part of it.
            #expect(outcome.duration - wait.time >= .seconds(1.5))
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions, sections)
    func `F28 the limits that a role has by default end no migration`(
        server: TestServer, directive: String
    ) async throws {
        try await server.withDatabase { database in
            let role = "ALTER ROLE CURRENT_USER IN DATABASE \(database.name) SET"
            try database.run("\(role) statement_timeout = '100ms'")
            try database.run("\(role) idle_in_transaction_session_timeout = '100ms'")
            if server.variable == TestServer.postgres18.variable {
                try database.run("\(role) transaction_timeout = '100ms'")
            }
            let (session, run) = try await database.session()
            let migration = try Migration.test(
                up: "SELECT pg_sleep(0.3); CREATE TABLE guests (id int);", directives: directive)
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure == nil)
            await session.close()
        }
    }
}

/// The states that a run's session was seen in.
private final class Seen: Sendable {
    private let all = Mutex<[String]>([])

    var states: [String] { all.withLock { $0 } }

    func look(at database: TestDatabase) {
        let states = try? database.run(
            """
            SELECT state FROM pg_stat_activity WHERE datname = current_database()
            AND application_name LIKE 'apus run%'
            """)
        all.withLock { $0.append(states?.first.flatMap(\.self) ?? "not seen") }
    }
}
