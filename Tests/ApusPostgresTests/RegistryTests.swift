import ApusCore
import ApusEngine
import Testing

@testable import ApusPostgres

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct RegistryTests {
    @Test(arguments: TestServer.versions)
    func `the columns that make a registry are the ones that registry.sql makes`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let (session, _) = try await database.session()
            for (table, columns) in RegistryState.columns {
                let made = try database.run(
                    "SELECT attname FROM pg_attribute WHERE attrelid = 'apus.\(table)'::regclass"
                        + " AND attnum > 0")
                #expect(Set(made.compactMap(\.self)) == columns)
            }
            await session.close()
        }
    }

    @Test
    func `F60 a table of somebody else's in the registry's place is never written to`() async throws
    {
        try await TestServer.postgres15.withDatabase { database in
            try database.run("CREATE SCHEMA apus; CREATE TABLE apus.migrations (id int)")
            let session = try await database.driver().openSession()
            let reading = await #expect(throws: DatabaseError.self) { try await session.history() }
            #expect(reading?.code == .registryForeign)
            try await session.acquireLock(waitingAtMost: .zero) { _ in }
            let writing = await #expect(throws: DatabaseError.self) {
                try await session.prepareRegistry()
            }
            #expect(writing?.code == .registryForeign)
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func
        `what is read in one message is what is read one by one, whatever happens between two looks`(
            server: TestServer
        ) async throws
    {
        try await server.withDatabase { database in
            let look = try await database.driver().openSession()
            let empty = try await look.standing(scheduleLimit: 5)
            #expect(empty.history == History(registry: .absent(userTables: 0)))
            #expect(empty.facts.readOnlyReason == nil)

            let (other, run) = try await database.session()
            _ = try await other.addToSchedule(
                ScheduleEntry.Draft(
                    kind: .migrate, goal: "{}", summary: "", planDigest: Checksum(of: ""),
                    notBefore: Timestamp(microseconds: 1), notAfter: Timestamp(microseconds: 2),
                    said: "", createdBy: ""))
            for session in [look, other, try await database.driver().openSession()] {
                let standing = try await session.standing(scheduleLimit: 5)
                #expect(standing.history.openRuns == [run])
                #expect(standing.schedule.count == 1)
            }
            try database.run("ALTER TABLE apus.migrations DROP COLUMN up_meaning")
            for session in [look, other] {
                let error = await #expect(throws: DatabaseError.self) {
                    try await session.standing(scheduleLimit: 5)
                }
                #expect(error?.code == .registryForeign)
            }
            await other.close()
            await look.close()
        }
    }

    @Test
    func `F60 a registry that lost a column is damaged`() async throws {
        try await TestServer.postgres15.withDatabase { database in
            let (session, _) = try await database.session()
            try database.run("ALTER TABLE apus.migrations DROP COLUMN up_meaning")
            let error = await #expect(throws: DatabaseError.self) { try await session.history() }
            #expect(error?.code == .registryForeign)
            #expect(error?.message.contains("up_meaning") == true)
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `F58 a missing right is named with the GRANT to ask for`(
        server: TestServer
    ) async throws {
        let superuser = TestServer(variable: "\(server.variable)_SUPERUSER")
        try await superuser.withDatabase { database in
            let role = "poor_\(database.name)"
            try database.run("CREATE ROLE \(role) LOGIN PASSWORD 'apus-test'")
            let url = database.url.replacing("//postgres:", with: "//\(role):")
            let driver = PostgresDriver(connection: try PostgresConnectionString(url))

            let session = try await driver.openSession()
            try await session.acquireLock(waitingAtMost: .zero) { _ in }
            let creating = await #expect(throws: DatabaseError.self) {
                try await session.prepareRegistry()
            }
            #expect(creating?.code == .insufficientPrivilege)
            #expect(
                creating?.help == ["GRANT CREATE ON DATABASE \"\(database.name)\" TO \"\(role)\";"])
            await session.close()

            let (owner, _) = try await database.session()
            await owner.close()
            let reader = try await driver.openSession()
            let reading = await #expect(throws: DatabaseError.self) { try await reader.history() }
            #expect(reading?.code == .insufficientPrivilege)
            for grant in try #require(reading).help { try database.run(grant) }
            #expect(try await reader.history().registry == .present(version: 5))
            try await reader.acquireLock(waitingAtMost: .zero) { _ in }
            let writing = await #expect(throws: DatabaseError.self) {
                try await reader.prepareRegistry()
            }
            #expect(writing?.code == .insufficientPrivilege)
            for grant in try #require(writing).help { try database.run(grant) }
            try await reader.prepareRegistry()
            _ = try await reader.beginRun(.test)
            await reader.close()
            try database.run("DROP OWNED BY \(role); DROP ROLE \(role)")
        }
    }

    @Test
    func `tables are counted, an extension's are not`() async throws {
        try await TestServer.superuser15.withDatabase { database in
            try database.run(
                "CREATE TABLE guests (id int); CREATE SCHEMA s; CREATE TABLE s.rooms (id int)")
            let session = try await database.driver().openSession()
            #expect(try await session.history().registry == .absent(userTables: 2))
            await session.close()
        }
    }

    @Test
    func `F35 a search path that hides everything hides no history`() async throws {
        try await TestServer.postgres15.withDatabase { database in
            try database.run(
                "CREATE SCHEMA elsewhere;"
                    + " ALTER DATABASE \(database.name) SET search_path = elsewhere")
            let (session, run) = try await database.session()
            let migration = try Migration.test(up: "CREATE TABLE guests (id int);")
            _ = try await session.perform(migration.step(), in: run, options: .init()) { _ in }
            #expect(try await session.history().applied.count == 1)
            // As psql would: the database's own setting decides where the table goes.
            #expect(
                try database.run("SELECT to_regclass('elsewhere.guests') IS NOT NULL") == ["t"])
            await session.close()
        }
    }

    @Test(arguments: TestServer.versions)
    func `a user who is called as the registry's schema is creates nothing in it`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let (session, run) = try await database.session()
            #expect(await session.user == "apus")
            let migration = try Migration.test(up: "CREATE TABLE guests (id int);")
            _ = try await session.perform(migration.step(), in: run, options: .init()) { _ in }
            #expect(
                try database.run("SELECT schemaname FROM pg_tables WHERE tablename = 'guests'")
                    == ["public"])
            await session.close()
        }
    }
}
