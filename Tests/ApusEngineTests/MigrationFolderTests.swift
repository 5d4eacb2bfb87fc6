import ApusCore
import ApusEngine
import Foundation
import SystemPackage
import Testing

@Suite struct MigrationFolderTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    private func problems() async -> String {
        await report { () throws(Diagnostics) in _ = try work.folder.read() }
            .replacing(work.path.string, with: "")
    }

    @Test func `every SQL file is a migration, sorted by id`() throws {
        try work.migration("1.2.0 late")
        try work.migration("1.0.0 users")
        try work.migration("1.1.0 index")
        try work.write("notes", to: work.migrations.appending("README.md"))
        try work.write("hidden", to: work.migrations.appending(".20250101_000000_1.0.0_x.sql"))
        try work.write("old", to: work.migrations.appending("20250101_000000_1.0.0_x.sql.bak"))
        try FileManager.default.createDirectory(
            atPath: work.migrations.appending("old").string, withIntermediateDirectories: true)
        #expect(
            try work.folder.read().map(\.id.title) == ["1.0.0 users", "1.1.0 index", "1.2.0 late"])
    }

    @Test func `a missing folder says how to make one`() async throws {
        try FileManager.default.removeItem(atPath: work.migrations.string)
        #expect(
            await problems() == """
                error[folder-not-found]: there is no migrations folder at /migrations
                next:  apus init makes one; --migrations FOLDER names another
                """)
        try work.write("a file", to: work.migrations)
        #expect(
            await problems()
                == "error[folder-not-found]: the migrations folder /migrations cannot be read")
    }

    @Test func `every problem of every file is told`() async throws {
        try work.write("", to: work.migrations.appending("add_table.sql"))
        try work.migration("1.1.0 index", up: "COMMIT;", down: "VACUUM;")
        try work.write(
            "-- Up Migration\n\0", to: work.migrations.appending("20250102_000000_1.2.0_x.SQL"))
        let codes = await problems().split(separator: "\n").filter { $0.hasPrefix("error[") }
            .map { $0.prefix { $0 != ":" } }
        #expect(
            codes == [
                "error[transaction-control]", "error[not-in-transaction]",
                "error[file-name-invalid]", "error[file-name-invalid]",
            ])
    }

    @Test func `what cannot be read is told with the reason`() async throws {
        let name = "20250101_000000_1.0.0_x.sql"
        try FileManager.default.createDirectory(
            atPath: work.migrations.appending(name).string, withIntermediateDirectories: true)
        #expect(
            await problems() == """
                error[file-unreadable]: /migrations/\(name) cannot be read: Is a directory
                  --> /migrations/\(name):1:1
                """)
    }

    @Test func `a pipe is no file, and nobody waits for its writer`() async throws {
        let name = "20250101_000000_1.0.0_x.sql"
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["mkfifo", work.migrations.appending(name).string]
        try process.run()
        process.waitUntilExit()
        #expect(
            await problems().hasPrefix(
                "error[file-unreadable]: /migrations/\(name) cannot be read: "))
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything"))
    func `a file without the right to read it is told`() async throws {
        let file = try work.migration("1.0.0 users")
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: file.string)
        #expect(await problems().contains("Permission denied"))
    }

    @Test func `F52 ids that a file system or a reader takes for the same are all refused`()
        async throws
    {
        let text = "-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 2;\n"
        for name in ["1.0.0_users", "1.0.0_Users", "1.0.0+b2_users", "1.0.0_other"] {
            try work.write(text, to: work.migrations.appending("20250101_000000_\(name).sql"))
        }
        #expect(
            await problems() == """
                error[duplicate-id]: 20250101_000000_1.0.0+b2_users is there 3 times
                  --> /migrations/20250101_000000_1.0.0+b2_users.sql:1:1
                file: /migrations/20250101_000000_1.0.0+b2_users.sql
                file: /migrations/20250101_000000_1.0.0_Users.sql
                file: /migrations/20250101_000000_1.0.0_users.sql
                next:  keep one of them

                error[duplicate-id]: 20250101_000000_1.0.0_Users is there 3 times
                  --> /migrations/20250101_000000_1.0.0_Users.sql:1:1
                file: /migrations/20250101_000000_1.0.0+b2_users.sql
                file: /migrations/20250101_000000_1.0.0_Users.sql
                file: /migrations/20250101_000000_1.0.0_users.sql
                next:  keep one of them

                error[duplicate-id]: 20250101_000000_1.0.0_users is there 3 times
                  --> /migrations/20250101_000000_1.0.0_users.sql:1:1
                file: /migrations/20250101_000000_1.0.0+b2_users.sql
                file: /migrations/20250101_000000_1.0.0_Users.sql
                file: /migrations/20250101_000000_1.0.0_users.sql
                next:  keep one of them
                """)
    }

    @Test func `F52 names that Unicode takes for one are refused, and looking goes on`()
        async throws
    {
        let text = "-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 2;\n"
        for name in ["\u{AC00}", "\u{1100}\u{1161}"] {
            try work.write(
                text, to: FilePath("\(work.migrations)/20250101_000000_1.0.0_\(name).sql"))
        }
        #expect(await problems().components(separatedBy: "error[duplicate-id]").count == 3)
        #expect(try await work.migrator().state().problems.count == 2)
    }

    @Test(arguments: ["../outside.sql", "../migrations-too/x.sql"])
    func `F57 no link leads out of the folder`(target: String) async throws {
        let name = "20250101_000000_1.0.0_x.sql"
        try FileManager.default.createDirectory(
            atPath: work.path.appending("migrations-too").string, withIntermediateDirectories: true)
        try work.write("SELECT 1;", to: FilePath("\(work.migrations)/\(target)"))
        try FileManager.default.createSymbolicLink(
            atPath: work.migrations.appending(name).string, withDestinationPath: target)
        #expect(
            await problems() == """
                error[path-escapes-folder]: /migrations/\(name) is a link that leads out of the migrations folder
                  --> /migrations/\(name):1:1
                next:  put the file itself into the folder
                """)
    }

    @Test func `F57 a link inside the folder, and a link to the folder, are followed`() throws {
        try work.migration("1.0.0 users")
        try FileManager.default.createSymbolicLink(
            atPath: work.migrations.appending("20250105_000000_1.1.0_more.sql").string,
            withDestinationPath: "20250101_000000_1.0.0_users.sql")
        let link = work.path.appending("link")
        try FileManager.default.createSymbolicLink(
            atPath: link.string, withDestinationPath: "migrations")
        #expect(
            try MigrationFolder(link, dialect: .sqlite).read().map(\.id.title)
                == ["1.0.0 users", "1.1.0 more"])
    }

    @Test func `F49 F56 a large file is read once, and what was read is what runs`() async throws {
        let padding = String(
            repeating: "-- \(String(repeating: "x", count: 1 << 16))\n", count: 260)
        let file = try work.migration(
            "1.0.0 users", up: padding + "CREATE TABLE users (a INTEGER);")
        let migrations = try work.folder.read()
        let source = try #require(migrations.first).source
        #expect(source.count > 16 << 20)
        try work.write("gone", to: file)
        let statements = try #require(migrations.first).up.statements(in: source)
        #expect(statements.map { source.text($0.range) } == ["CREATE TABLE users (a INTEGER)"])
        #expect(statements.map(\.line) == [262])
    }

    @Test func `F56 a small file that changes after it was read runs as it was read`() throws {
        let file = try work.migration("1.0.0 users")
        let migration = try #require(try work.folder.read().first)
        try work.write("gone", to: file)
        #expect(migration.source.text.contains("CREATE TABLE users"))
    }
}
