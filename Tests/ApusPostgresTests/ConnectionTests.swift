import ApusCore
import ApusEngine
import Testing

@testable import ApusPostgres

struct ConnectionStringTests {
    @Test(arguments: [
        "postgres://ana:s3cret@db.example:5433/guests?sslmode=require",
        "postgresql://ana:s3cret@db.example:5433/guests",
        "host=db.example port=5433 user=ana password=s3cret dbname=guests",
    ])
    func `a URL and a list of keywords are read alike, and no secret is shown`(
        text: String
    ) throws {
        let string = try PostgresConnectionString(text)
        #expect(string.target == DatabaseTarget(name: "guests", location: "db.example:5433"))
        #expect(string.password?.revealed == "s3cret")
        #expect(!"\(string)".contains("s3cret"))
        #expect(!String(reflecting: string).contains("s3cret"))
        var dumped = ""
        dump(string, to: &dumped)
        #expect(!dumped.contains("s3cret"))
        let environment = string.environment(applicationName: "test")
        #expect(environment["PGHOST"] == "db.example")
        #expect(environment["PGPASSWORD"] == "s3cret")
    }

    @Test(arguments: [
        "postgres://db.example/host%3Devil", "dbname='postgres://evil/db'",
        "dbname='host=evil password=x'",
    ])
    func `F69 a database name that is a connection string is refused`(text: String) {
        let error = #expect(throws: DatabaseError.self) { try PostgresConnectionString(text) }
        #expect(error?.code == .configurationInvalid)
    }

    @Test(arguments: [
        "postgres://ana:s3cret%ZZ@db/guests", "password='s3cret", "host=db s3cret",
        "postgres://ana:s3cret/x@db/guests",
    ])
    func `F71 what cannot be read is not repeated`(text: String) {
        let error = #expect(throws: DatabaseError.self) { try PostgresConnectionString(text) }
        #expect(error?.code == .configurationInvalid)
        #expect(!"\(error, default: "")".contains("s3cret"))
    }
}

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct ConnectionTests {
    @Test
    func `F18 a wrong password is one attempt and is not shown`() async throws {
        let url = try TestServer.postgres15.url.replacing("apus-test", with: "wr0ng-canary")
        let driver = PostgresDriver(connection: try PostgresConnectionString(url))
        let error = await #expect(throws: DatabaseError.self) { try await driver.openSession() }
        #expect(error?.code == .authenticationFailed)
        #expect(!"\(error, default: "")".contains("wr0ng-canary"))
    }

    @Test
    func `a server that is not there and a database that is not there are told apart`() async throws
    {
        let nowhere = PostgresDriver(
            connection: try PostgresConnectionString("postgres://ana@127.0.0.1:1/guests"))
        let first = await #expect(throws: DatabaseError.self) { try await nowhere.openSession() }
        #expect(first?.code == .cannotConnect)
        let missing = PostgresDriver(
            connection: try PostgresConnectionString(TestServer.postgres15.url(database: "none")))
        let second = await #expect(throws: DatabaseError.self) { try await missing.openSession() }
        #expect(second?.code == .cannotConnect)
        #expect(second?.detail?.contains("does not exist") == true)
    }

    @Test(arguments: TestServer.versions)
    func `a waiter is told who holds the lock, and gets it when it is free`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let (holder, run) = try await database.session()
            let waiter = try await database.driver().openSession()
            let told = Told()
            let error = await #expect(throws: DatabaseError.self) {
                try await waiter.acquireLock(waitingAtMost: .milliseconds(300)) { told.add($0) }
            }
            #expect(error?.code == .lockBusy)
            #expect(told.holders.first??.application == "apus run \(run)")
            try await holder.releaseLock()
            try await waiter.acquireLock(waitingAtMost: .seconds(600)) { _ in }
            try await waiter.releaseLock()
            await #expect(throws: DatabaseError.self) { try await waiter.releaseLock() }
            await holder.close()
            await waiter.close()
        }
    }

    @Test
    func `F23 two registries in one database do not wait for each other`() async throws {
        #expect(RegistryNames(schema: "apus").lockKey != RegistryNames(schema: "other").lockKey)
        try await TestServer.postgres15.withDatabase { database in
            let (first, _) = try await database.session()
            let second = try await database.driver(schema: "Other Schema").openSession()
            try await second.acquireLock(waitingAtMost: .zero) { _ in }
            try await second.prepareRegistry()
            #expect(try await second.history().registry == .present(version: 5))
            await first.close()
            await second.close()
        }
    }

    @Test(arguments: TestServer.standbys)
    func `F15 a hot standby is read and not written`(standby: TestServer) async throws {
        let driver = PostgresDriver(connection: try PostgresConnectionString(standby.url))
        let session = try await driver.openSession()
        #expect(try await session.facts().readOnlyReason == "hot standby")
        _ = try await session.history()
        let error = await #expect(throws: DatabaseError.self) {
            try await session.acquireLock(waitingAtMost: .zero) { _ in }
        }
        #expect(error?.code == .readOnlyServer)
        await session.close()
    }

    @Test(arguments: 1...5)
    func `F16 a transaction pooler is refused before anything is done`(_: Int) async throws {
        try await TestServer.transactionPooler.withDatabase { database in
            let session = try await database.driver().openSession()
            #expect(try await session.history().registry == .absent(userTables: 0))
            let error = await #expect(throws: DatabaseError.self) {
                try await session.acquireLock(waitingAtMost: .zero) { _ in }
            }
            #expect(error?.code == .transactionPooler)
            await session.close()
        }
    }

    @Test(arguments: 1...5)
    func `F16 a session pooler is accepted`(_: Int) async throws {
        try await TestServer.sessionPooler.withDatabase { database in
            let (session, run) = try await database.session()
            let migration = try Migration.test(up: "CREATE TABLE guests (id int);")
            let outcome = try await session.perform(
                migration.step(), in: run, options: .init()
            ) { _ in }
            #expect(outcome.failure == nil)
            try await session.endRun(run, RunEnd(status: .succeeded))
            try await session.releaseLock()
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F13 what holds the lock does the work, on one connection`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let (session, run) = try await database.session()
            for directive in ["", "-- apus: no-transaction"] {
                let migration = try Migration.test(
                    directive.isEmpty ? "1.0.0" : "1.1.0",
                    up: "CREATE TABLE seen AS SELECT pg_backend_pid() AS process;",
                    down: "DROP TABLE seen;", directives: directive)
                let outcome = try await session.perform(
                    migration.step(), in: run, options: .init()
                ) { _ in }
                #expect(outcome.failure == nil)
                let worker = try database.run("SELECT process FROM seen")
                let holder = try database.run(
                    """
                    SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                    WHERE l.locktype = 'advisory' AND d.datname = current_database()
                    """)
                #expect(worker == holder)
                try database.run("DROP TABLE seen")
            }
            await session.close()
        }
    }

    @Test
    func `F17 a lock that was lost before it is given back is an error`() async throws {
        try await TestServer.postgres15.withDatabase { database in
            let (session, run) = try await database.session()
            let rude = try Migration.test(
                up: "DO $$ BEGIN EXECUTE 'SELECT pg_advisory_' || 'unlock_all()'; END $$;")
            _ = try await session.perform(rude.step(), in: run, options: .init()) { _ in }
            let error = await #expect(throws: DatabaseError.self) {
                try await session.releaseLock()
            }
            #expect(error?.code == .lockLost)
            await session.close()
        }
    }

    @Test
    func `a lock that a migration gave away is noticed before the next step`() async throws {
        try await TestServer.postgres15.withDatabase { database in
            let (session, run) = try await database.session()
            let rude = try Migration.test(
                up: "DO $$ BEGIN EXECUTE 'SELECT pg_advisory_' || 'unlock_all()'; END $$;")
            #expect(
                try await session.perform(rude.step(), in: run, options: .init()) { _ in }.failure
                    == nil)
            let next = try Migration.test("1.1.0", up: "SELECT 1;")
            let error = await #expect(throws: DatabaseError.self) {
                try await session.perform(next.step(), in: run, options: .init()) { _ in }
            }
            #expect(error?.code == .lockLost)
            await session.close()
        }
    }
}
