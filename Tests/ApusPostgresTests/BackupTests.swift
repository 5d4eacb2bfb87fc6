import ApusCore
import ApusEngine
import Foundation
import SystemPackage
import Testing

@testable import ApusPostgres

@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct BackupTests {
    @Test(arguments: TestServer.versions)
    func `a backup counts the rows that it holds, and reads back`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run(
                "CREATE TABLE guests (id int); INSERT INTO guests SELECT generate_series(1, 5000)")
            let source = try database.driver().backupSource
            _ = try await source.check()
            try await withFile { path in
                let contents = try await source.write(to: path, as: .file) { _ in }
                #expect(contents.tables == [.init(name: "public.guests", rows: 5000)])
                #expect(contents.tool.hasPrefix("pg_dump "))
                try await source.readBack(path)

                // F65: the list is whole, the data is not.
                let file = try FileDescriptor.open(path, .readWrite)
                let size = try file.seek(offset: 0, from: .end)
                try file.resize(to: size - 1000)
                try file.close()
                let error = await #expect(throws: DatabaseError.self) {
                    try await source.readBack(path)
                }
                #expect(error?.code == .backupDamaged)
            }
        }
    }

    @Test
    func `a pg_dump that knows only gzip takes its fastest level`() async throws {
        let server = TestServer.postgres15
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int)")
            try await withFile { path in
                _ = try await database.driver().backupSource.write(to: path, as: .file) { _ in }
                let tool = try await PgTools(folder: server.tools, searchPath: "")
                    .findNewest("pg_restore")
                let list = try await tool.run(
                    ["--list", path.string], outputLimit: 1 << 16, failure: .backupDamaged)
                #expect(list.contains("Compression: 1\n"))
            }
        }
    }

    @Test
    func `F63 a pg_dump older than the server is refused before the run`() async throws {
        let driver = PostgresDriver(
            connection: try PostgresConnectionString(TestServer.postgres18.url),
            toolsFolder: TestServer.postgres15.tools)
        let error = await #expect(throws: DatabaseError.self) {
            try await driver.backupSource.check()
        }
        #expect(error?.code == .backupToolMissing)
        #expect(error?.help == ["apt-get install postgresql-client-18"])
    }

    @Test
    func `F64 F71 a failing backup says why, without the password`() async throws {
        try await TestServer.superuser15.withDatabase { database in
            let role = "poor_\(database.name)"
            try database.run(
                "CREATE TABLE guests (id int); CREATE ROLE \(role) LOGIN PASSWORD 'apus-test'")
            let url = database.url.replacing("//postgres:", with: "//\(role):")
            let source = PostgresDriver(
                connection: try PostgresConnectionString(url),
                toolsFolder: TestServer.postgres15.tools
            ).backupSource
            try await withFile { path in
                let error = await #expect(throws: DatabaseError.self) {
                    try await source.write(to: path, as: .file) { _ in }
                }
                #expect(error?.code == .backupFailed)
                #expect(error?.detail?.contains("permission denied for table guests") == true)
                #expect(!"\(error, default: "")".contains("apus-test"))
            }
            try database.run("DROP ROLE \(role)")
        }
    }

    @Test
    func `the preamble that belongs to psql is left out of a schema script`() {
        let dump = """
            --
            -- PostgreSQL database dump
            --

            \\restrict abc

            -- Dumped from database version 18.1

            SET statement_timeout = 0;
            SET client_encoding = 'UTF8';
            SELECT pg_catalog.set_config('search_path', '', false);
            SET check_function_bodies = false;

            --
            -- Name: guests; Type: TABLE
            --

            CREATE TABLE public.guests (
                id integer
            );


            \\unrestrict abc

            """
        #expect(
            SchemaScript.cleaned(dump) == """
                SELECT pg_catalog.set_config('search_path', '', false);
                SET check_function_bodies = false;

                -- Name: guests; Type: TABLE

                CREATE TABLE public.guests (
                    id integer
                );

                """)
    }

    @Test(arguments: TestServer.versions)
    func `F26 a backup has ended, and holds no lock, when it is there`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run("CREATE TABLE guests (id int); INSERT INTO guests VALUES (1)")
            try await withFile { path in
                _ = try await database.driver().backupSource.write(to: path, as: .file) { _ in }
                // A lock that is not to be had fails at once.
                try database.run("SET lock_timeout = 1; LOCK TABLE guests; ")
            }
        }
    }

    @Test(arguments: TestServer.versions)
    func `several processes write a folder, which reads back, and of which each file counts`(
        server: TestServer
    ) async throws {
        try await server.withDatabase { database in
            try database.run(
                """
                CREATE TABLE a (id int); INSERT INTO a SELECT generate_series(1, 2000);
                CREATE TABLE b AS TABLE a
                """)
            let source = try database.driver().backupSource
            let form = source.form(forSize: 1, jobs: 2)
            #expect(form == BackupForm(fileExtension: "dir", isFolder: true, jobs: 2))
            #expect(source.form(forSize: 20_000_000_000, jobs: nil).isFolder)
            #expect(!source.form(forSize: 20_000_000_000, jobs: 1).isFolder)
            let folder = FilePath("\(NSTemporaryDirectory())/apus-\(UUID().uuidString).dir")
            try FileManager.default.createDirectory(
                atPath: folder.string, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: folder.string) }
            let contents = try await source.write(to: folder, as: form) { _ in }
            #expect(contents.tables.map(\.rows) == [2000, 2000])
            try await source.readBack(folder)
            let data = try #require(
                FileManager.default.contentsOfDirectory(atPath: folder.string).first {
                    $0 != "toc.dat"
                })
            try FileManager.default.removeItem(atPath: folder.appending(data).string)
            let error = await #expect(throws: DatabaseError.self) {
                try await source.readBack(folder)
            }
            #expect(error?.code == .backupDamaged)
        }
    }

    private func withFile(_ body: (FilePath) async throws -> Void) async throws {
        let path = FilePath("\(NSTemporaryDirectory())/apus-\(UUID().uuidString).dump")
        try FileDescriptor.open(
            path, .writeOnly, options: [.create, .exclusiveCreate],
            permissions: [.ownerReadWrite]
        ).close()
        defer { try? FileManager.default.removeItem(atPath: path.string) }
        try await body(path)
    }
}

extension BackupForm {
    static let file = BackupForm(fileExtension: "dump")
}
