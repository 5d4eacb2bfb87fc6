import ApusCore
import ApusEngine
import Testing

@testable import ApusPostgres

@Suite(.enabled(if: TestServer.areExpected)) struct HealthTests {
    private func health(_ database: TestDatabase) async throws -> DatabaseHealth {
        let session = try await database.driver().openSession()
        let health = try await session.health()
        await session.close()
        return health
    }

    @Test(arguments: TestServer.versions)
    func `a session that is idle in a transaction is told with the tables that it holds`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int); CREATE TABLE rooms (id int)")
            let other = try database.connect()
            try other.run("BEGIN; LOCK TABLE guests; SELECT * FROM rooms")
            let pid = try #require(try other.run("SELECT pg_backend_pid()").first ?? nil)
            let blocker = try #require(
                try await health(database).blockers.first { $0.kind == .idleInTransaction })
            #expect(blocker.holder.processID.map(String.init) == pid)
            #expect(blocker.holder.state == "idle in transaction")
            #expect(blocker.holder.since != nil)
            #expect(blocker.tables == ["public.guests", "public.rooms"])
            #expect(blocker.remedy == "SELECT pg_terminate_backend(\(pid));")
            try other.run("ROLLBACK")
            #expect(
                try await health(database).blockers.allSatisfy { $0.kind != .idleInTransaction })
        }
    }

    @Test(arguments: TestServer.versions)
    func `a prepared transaction is told although nobody is connected to it`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int)")
            let name = "it's \(database.name)"
            try database.run(
                "BEGIN; INSERT INTO guests VALUES (1); PREPARE TRANSACTION \(name.sqlLiteral)")
            let blocker = try #require(
                try await health(database).blockers.first { $0.kind == .prepared(name) })
            #expect(blocker.tables == ["public.guests"])
            try database.run(try #require(blocker.remedy))
            #expect(try await health(database).blockers.isEmpty)
        }
    }

    @Test(arguments: TestServer.versions)
    func `F29 an invalid index is told`(server: TestServer) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int); INSERT INTO guests VALUES (1), (1)")
            #expect(throws: OtherClient.Failure.self) {
                try database.run("CREATE UNIQUE INDEX CONCURRENTLY \"By id\" ON guests (id)")
            }
            #expect(
                try await health(database).invalidIndexes
                    == [InvalidIndex(name: "public.\"By id\"", table: "public.guests")])
        }
    }

    @Test func `F58 rights that are missing come with statements that give them`() async throws {
        try await TestServer.postgres15.withDatabase { database in
            let owner = database.url
            let role = "\(database.name)_r"
            let superuser = try TestServer.superuser15.url(database: database.name)
            let admin = try OtherClient(superuser)
            try admin.run("CREATE ROLE \(role) LOGIN PASSWORD 'r'")
            defer { _ = try? admin.run("DROP OWNED BY \(role); DROP ROLE \(role)") }
            try OtherClient(owner).run("CREATE TABLE guests (id int)")
            let url = superuser.replacing("postgres:apus-test@", with: "\(role):r@")
            let poor = TestDatabase(server: .postgres15, name: database.name, url: url)
            let missing = try await health(poor).missingRights
            #expect(
                missing.map(\.action) == [
                    "create the schema apus", "create tables in schema public",
                    "read public.guests, which a backup does",
                    "alter or drop public.guests, a table of apus",
                ])
            #expect(missing.map(\.isAlwaysNeeded) == [true, false, false, false])
            for right in missing { try admin.run(right.grant) }
            #expect(try await health(poor).missingRights.isEmpty)
        }
    }

    @Test func `nobody is advised to become a superuser, or a member of an own member`()
        async throws
    {
        try await TestServer.postgres15.withDatabase { database in
            let member = "\(database.name)_m"
            let admin = try OtherClient(TestServer.superuser15.url(database: database.name))
            try admin.run(
                """
                CREATE ROLE \(member); GRANT apus TO \(member);
                CREATE TABLE "By hand" (id int); CREATE TABLE other (id int);
                CREATE TABLE theirs (id int); ALTER TABLE theirs OWNER TO \(member)
                """)
            defer { _ = try? admin.run("DROP OWNED BY \(member); DROP ROLE \(member)") }
            let grants = try await health(database).missingRights.map(\.grant)
            #expect(
                Set(grants) == [
                    #"GRANT USAGE ON SCHEMA "public" TO "apus"; GRANT SELECT ON ALL TABLES IN SCHEMA "public" TO "apus"; GRANT SELECT ON ALL SEQUENCES IN SCHEMA "public" TO "apus";"#,
                    "ALTER TABLE public.theirs OWNER TO apus; -- as a superuser",
                    #"ALTER TABLE public."By hand" OWNER TO apus; ALTER TABLE public.other OWNER TO apus; -- as a superuser"#,
                ])
            for grant in grants { try admin.run(grant) }
            #expect(try await health(database).missingRights.isEmpty)
        }
    }

    @Test func `F16 a transaction pooler is an obstacle, a session pooler is none`() async throws {
        try await TestServer.postgres15.withDatabase { database in
            func obstacles(_ pooler: TestServer) async throws -> [DiagnosticCode] {
                let url = try pooler.url(database: database.name)
                return try await health(
                    TestDatabase(server: pooler, name: database.name, url: url)
                ).obstacles.map(\.code)
            }
            let transaction = try await obstacles(.transactionPooler)
            #expect(transaction == [.transactionPooler])
            let session = try await obstacles(.sessionPooler)
            #expect(session.isEmpty)
        }
    }

    @Test(arguments: TestServer.standbys)
    func `F15 a standby can be examined`(standby: TestServer) async throws {
        let driver = PostgresDriver(connection: try PostgresConnectionString(standby.url))
        let session = try await driver.openSession()
        _ = try await session.health()
        #expect(try await session.runLock() == .free)
        await session.close()
    }
}
