import ApusCore
import ApusEngine
import Foundation
import SystemPackage
import Testing

@testable import ApusPostgres

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct RehearsalTests {
    private static let mark = RehearsalMark(
        id: "0123456789ab", begunAt: "2025-01-15T10:30:00Z", begunBy: "ana@laptop")

    /// A mark of its own for each test: they share a server.
    private func newMark() -> RehearsalMark {
        var mark = Self.mark
        mark.id = String(
            UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(12))
        return mark
    }

    private func withRehearsal(
        _ server: TestServer, prepare: String = "SELECT 1",
        like properties: [DatabaseProperty]? = nil,
        _ body: (any EphemeralDatabase, TestDatabase) async throws -> Void
    ) async throws {
        try await server.withDatabase { database in
            try database.run(prepare.replacing("DATABASE", with: "DATABASE \"\(database.name)\""))
            let host = try database.driver().rehearsalHost(.beside)
            let rehearsal = try await host.make(newMark(), like: properties)
            do {
                let own = TestDatabase(
                    server: server, name: rehearsal.driver.target.name,
                    url: try server.url(database: rehearsal.driver.target.name))
                try await body(rehearsal, own)
                try await rehearsal.remove()
            } catch {
                try await rehearsal.remove()
                throw error
            }
        }
    }

    @Test(arguments: TestServer.versions)
    func `a rehearsal's database has the settings of the one that it is for`(
        server: TestServer
    ) async throws {
        try await withRehearsal(server, prepare: "ALTER DATABASE SET search_path = app, public") {
            rehearsal, own in
            #expect(rehearsal.warnings.isEmpty)
            let settings = try own.run(
                "SELECT setconfig[1] FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()"
            )
            #expect(settings == ["search_path=app, public"])
        }
    }

    @Test(arguments: TestServer.versions)
    func `partitions count with their table, children and quoted names by themselves`(
        server: TestServer
    ) async throws {
        try await withRehearsal(server) { rehearsal, own in
            try own.run(
                """
                CREATE TABLE parts (n int, d date) PARTITION BY LIST (n);
                CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
                INSERT INTO parts VALUES (1, '2025-01-15'), (1, NULL);
                CREATE TABLE parent (a int); CREATE TABLE child () INHERITS (parent);
                INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2), (3);
                CREATE SCHEMA "Odd ""one"; CREATE TABLE "Odd ""one"."t'x" ("A b" jsonb, c point);
                INSERT INTO "Odd ""one"."t'x" VALUES ('{"a": 1}', '(1,2)'), (NULL, NULL);
                CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;
                CREATE MATERIALIZED VIEW derived AS SELECT 1 AS one;
                """)
            let tables = try await rehearsal.tables()
            #expect(
                tables.map { "\($0.name) \($0.rows)" } == [
                    "Odd \"one.t'x 2", "public.child 2", "public.nothing 1", "public.parent 1",
                    "public.parts 2",
                ])
            try own.run(
                "UPDATE \"Odd \"\"one\".\"t'x\" SET \"A b\" = '{\"a\": 2}' WHERE c IS NOT NULL")
            let changed = try await rehearsal.tables()
            #expect(DataChange.between(tables, changed) == [.values("Odd \"one.t'x", "A b")])
        }
    }

    @Test(arguments: TestServer.versions)
    func `a test cannot end its transaction, nor copy`(server: TestServer) async throws {
        try await withRehearsal(server) { rehearsal, _ in
            for sql in [
                "COPY (SELECT 1) TO STDOUT",
                "SELECT pg_catalog.set_config('transaction_read_only', 'off', true); ",
            ] {
                let bytes = Array(sql.utf8)
                let source = MigrationSource(path: "tests/1.0.0_x.sql", bytes: bytes)
                let query = Statement(
                    range: 0..<sql.utf8.count, line: 1, column: 1, kind: .plain)
                await #expect(throws: TestFailure.self, "\(sql)") {
                    _ = try await rehearsal.rows(of: query, in: source, limit: 1)
                }
            }
        }
    }

    @Test(arguments: TestServer.versions)
    func `without the right to make databases, and without programs, the right is asked for`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let role = "poor_\(database.name)"
            let superuser = try server.superuserURL
            try plainly("CREATE ROLE \(role) LOGIN PASSWORD 'poor'", at: superuser)
            do {
                let empty = FilePath("\(NSTemporaryDirectory())/apus-empty-\(UUID().uuidString)")
                try FileManager.default.createDirectory(
                    atPath: empty.string, withIntermediateDirectories: true)
                defer { try? FileManager.default.removeItem(atPath: empty.string) }
                let at = try #require(database.url.firstIndex(of: "@"))
                let driver = PostgresDriver(
                    connection: try PostgresConnectionString(
                        "postgres://\(role):poor\(database.url[at...])"),
                    toolsFolder: empty.string)
                let error = await #expect(throws: DatabaseError.self) {
                    _ = try await driver.rehearsalHost(.beside).make(newMark(), like: nil)
                }
                #expect(error?.code == .insufficientPrivilege)
                #expect(error?.help.first == "as a superuser: ALTER ROLE \"\(role)\" CREATEDB")
                let missing = await #expect(throws: DatabaseError.self) {
                    _ = try await driver.rehearsalHost(.privateServer).make(newMark(), like: nil)
                }
                #expect(missing?.code == .backupToolMissing)
                try plainly("DROP ROLE \(role)", at: superuser)
            } catch {
                try plainly("DROP ROLE \(role)", at: superuser)
                throw error
            }
        }
    }

    @Test(arguments: TestServer.versions)
    func `a private server has the roles of the other, and the user that connects`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let rehearsal = try await database.driver().rehearsalHost(.privateServer)
                .make(newMark(), like: nil)
            do {
                let driver = try #require(rehearsal.driver as? PostgresDriver)
                let session = try await driver.openSession()
                let user = try await session.ask(
                    "SELECT current_user, count(*) FROM pg_roles WHERE rolname !~ '^pg_'")
                await session.close()
                let own = try await database.driver().openSession()
                let other = try await own.ask(
                    "SELECT current_user, count(*) FROM pg_roles WHERE rolname !~ '^pg_'")
                await own.close()
                #expect(user[0][0] == other[0][0])
                #expect(Int(user[0][1] ?? "") ?? 0 >= 2)
                #expect(rehearsal.driver.target.location.contains("/apus-rehearsal-"))
                try await rehearsal.remove()
            } catch {
                try await rehearsal.remove()
                throw error
            }
            #expect(!FileManager.default.fileExists(atPath: rehearsal.driver.target.location))
        }
    }
}
