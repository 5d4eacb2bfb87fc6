import ApusCore
import ApusEngine
import Foundation
import Testing

@testable import ApusPostgres

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct SchemaReadingTests {
    static let superusers = [TestServer.superuser15, TestServer.superuser18]

    @Test(arguments: superusers)
    func `every kind of object is told`(server: TestServer) async throws {
        try await server.withDatabase { database in
            try database.run(WideSchema.sql)
            let kinds = Set(try await database.schema().objects.map(\.kind))
            let untold: Set<SchemaObject.Kind> = [
                .pragma, .baseType, .accessMethod, .language, .operatorClass, .textSearchParser,
                .textSearchTemplate, .transform,
            ]
            #expect(Set(SchemaObject.Kind.allCases).subtracting(kinds) == untold)
        }
    }

    @Test(arguments: superusers)
    func `a database that is dumped and restored has an equal schema`(
        server: TestServer
    ) async throws {
        try await Databases.with(server) { databases in
            let original = try await databases.make()
            try original.run(WideSchema.sql)
            let copy = try await databases.make()
            try await aside { try original.restore(into: copy) }
            let before = try await original.schema()
            let after = try await copy.schema()
            #expect(SchemaDifference.between(before, after).lines == [])
            #expect(before.digest == after.digest)
        }
    }

    /// Each change in a transaction of its own that is rolled back.
    @Test(arguments: superusers)
    func `what is changed by hand is named, and nothing else`(server: TestServer) async throws {
        try await server.withDatabase { database in
            try database.run(WideSchema.sql)
            let connection = try Connection(
                to: try PostgresConnectionString(database.url), applicationName: "apus tests",
                cancellation: try Cancellation())
            let before = try connection.schema(registry: "apus")
            for change in WideSchema.changes {
                try connection.execute("BEGIN; SET LOCAL search_path = public; \(change.sql)")
                let after = try connection.schema(registry: "apus")
                try connection.execute("ROLLBACK")
                let lines = SchemaDifference.between(before, after).lines
                let isNamed =
                    lines.count == change.lines.count
                    && change.lines.allSatisfy { expected in
                        lines.contains { $0.agrees(with: expected) }
                    }
                #expect(isNamed, "\(change.sql)\n\(lines.joined(separator: "\n"))")
            }
            #expect(try connection.schema(registry: "apus").digest == before.digest)
        }
    }

    @Test(arguments: superusers)
    func `what a session has set does not show in the schema`(server: TestServer) async throws {
        try await server.withDatabase { database in
            try database.run(WideSchema.sql)
            let before = try await database.schema()
            for (name, value) in [
                ("search_path", "app, public"), ("DateStyle", "'SQL, DMY'"),
                ("TimeZone", "'Asia/Tokyo'"),
                ("IntervalStyle", "iso_8601"), ("extra_float_digits", "-5"),
                ("standard_conforming_strings", "off"), ("bytea_output", "escape"),
                ("quote_all_identifiers", "on"),
            ] {
                try database.run("ALTER DATABASE \(database.name) SET \(name) = \(value)")
            }
            #expect(SchemaDifference.between(before, try await database.schema()).lines == [])
        }
    }

    @Test func `the schema is read on a standby and behind a transaction pooler`() async throws {
        let superuser = TestServer.superuser15
        try await superuser.withDatabase { database in
            try database.run("CREATE TABLE guests (id integer)")
            let expected = try await database.schema()
            let pooled = TestDatabase(
                server: .transactionPooler, name: database.name,
                url: try TestServer.transactionPooler.url(database: database.name))
            #expect(try await pooled.schema().digest == expected.digest)
        }
    }

    @Test(arguments: TestServer.versions)
    func `F29 an INVALID index shows in the schema`(server: TestServer) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id integer); INSERT INTO guests VALUES (1), (1)")
            let before = try await database.schema()
            #expect(throws: OtherClient.Failure.self) {
                try database.run("CREATE UNIQUE INDEX CONCURRENTLY guests_id ON guests (id)")
            }
            let after = try await database.schema()
            let index = try #require(after.objects.first { $0.kind == .index })
            #expect(index["valid"] == "no")
            #expect(
                SchemaDifference.between(before, after).lines == [
                    "+ index public.guests_id: CREATE UNIQUE INDEX guests_id ON public.guests USING btree (id) (not valid)"
                ])
        }
    }

    @Test(arguments: TestServer.versions)
    func `the registry's schema is left out under whatever name, and nothing beside it`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            let empty = try await database.schema()
            let driver = try database.driver(schema: "it's \"mine\"")
            let session = try await driver.openSession()
            try await session.acquireLock(waitingAtMost: .seconds(10)) { _ in }
            try await session.prepareRegistry()
            #expect(SchemaDifference.between(empty, try await session.schema()).lines == [])
            await session.close()
            #expect(try await database.schema().objects.contains { $0.name.contains("mine") })
        }
    }
}

extension String {
    /// Whether the line is the expected one, of which an `*` at the end stands for any rest.
    fileprivate func agrees(with expected: String) -> Bool {
        expected.hasSuffix("*") ? hasPrefix(expected.dropLast()) : self == expected
    }
}

extension TestServer {
    static let superuser18 = TestServer(variable: "APUS_TEST_POSTGRES_18_SUPERUSER")

    /// The folder of the server's programs, also by a superuser's address.
    var programs: String? {
        TestServer(variable: variable.replacing("_SUPERUSER", with: "")).tools
    }
}

extension TestDatabase {
    func schema() async throws -> SchemaSnapshot {
        let session = try await driver().openSession()
        let schema = try await session.schema()
        await session.close()
        return schema
    }

    /// Dumps this database and restores the dump into another one.
    func restore(into other: TestDatabase) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(name).dump")
        defer { try? FileManager.default.removeItem(at: file) }
        try runTool("pg_dump", ["--format=custom", "--file=\(file.path)", "--dbname=\(url)"])
        try runTool("pg_restore", ["--exit-on-error", "--dbname=\(other.url)", file.path])
    }

    private func runTool(_ tool: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "\(try #require(server.programs))/\(tool)")
        process.arguments = arguments
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(
            process.terminationStatus == 0, "\(tool): \(String(decoding: text, as: UTF8.self))")
    }
}
