import ApusCore
import Foundation
import SystemPackage
import Testing

@testable import ApusEngine
@testable import ApusPostgres

/// The session of looks that follow each other.
@Suite(.enabled(if: TestServer.areExpected, "no servers: run scripts/postgres-up"))
struct LookSessionTests {
    private static let looks = """
        SELECT a.pid FROM pg_stat_activity a \
        WHERE a.datname = current_database() AND a.application_name = 'apus look'
        """

    private func withMigrator(
        _ server: TestServer, _ body: (TestDatabase, Migrator) async throws -> Void
    ) async throws {
        try await server.withDatabase { database in
            let folder = FilePath("\(NSTemporaryDirectory())/apus-look-\(UUID().uuidString)")
            try FileManager.default.createDirectory(
                atPath: folder.string, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder.string) }
            var migrator = Migrator(
                driver: try database.driver(), folder: MigrationFolder(folder, dialect: .postgres),
                backups: BackupStore(folder: folder.appending("backups"), options: .init()))
            migrator.lookCache = LookCache()
            try await body(database, migrator)
            await migrator.lookCache?.closeSession()
        }
    }

    @Test(arguments: TestServer.versions)
    func `looks that follow each other share a connection, and it is closed when asked`(
        server: TestServer
    ) async throws {
        try await withMigrator(server) { database, migrator in
            _ = try await migrator.overview()
            let first = try database.run(Self.looks)
            #expect(first.count == 1)
            _ = try await migrator.overview()
            _ = try await migrator.runs()
            #expect(try database.run(Self.looks) == first)
            await migrator.lookCache?.closeSession()
            try await untilNobodyLooks(database)
        }
    }

    @Test(arguments: TestServer.versions)
    func `looks at the same time have a connection each, of which one is kept`(
        server: TestServer
    ) async throws {
        try await withMigrator(server) { database, migrator in
            try await withThrowingTaskGroup { group in
                for _ in 1...6 { group.addTask { _ = try await migrator.overview() } }
                try await group.waitForAll()
            }
            try await until { try database.run(Self.looks).count <= 1 }
            _ = try await migrator.overview()
            #expect(try database.run(Self.looks).count == 1)
        }
    }

    @Test(arguments: TestServer.versions)
    func `a connection that died between two looks is no failure`(
        server: TestServer
    ) async throws {
        try await withMigrator(server) { database, migrator in
            _ = try await migrator.overview()
            let first = try database.run(Self.looks)
            try database.run("SELECT pg_terminate_backend(pid) FROM (\(Self.looks)) l(pid)")
            #expect(try await migrator.overview().state.facts.product.contains("PostgreSQL"))
            let second = try database.run(Self.looks)
            #expect(second.count == 1 && second != first)
        }
    }

    @Test func `a connection is not kept for longer than it is of use`() async throws {
        try await withMigrator(.postgres15) { database, migrator in
            let session = LookSession()
            let opened = try await database.driver().openLook()
            let kept = LookSession.Kept(session: opened, target: migrator.driver.target)
            await session.keep(kept, for: .milliseconds(20))
            try await untilNobodyLooks(database)
            #expect(session.take(of: migrator.driver.target) == nil)
            var old = LookSession.Kept(
                session: try await database.driver().openLook(), target: migrator.driver.target)
            old.openedAt = .now - .seconds(61)
            await session.keep(old, for: .seconds(5))
            #expect(session.take(of: migrator.driver.target) == nil)
            try await untilNobodyLooks(database)
        }
    }

    @Test(arguments: TestServer.versions)
    func `a restored database takes the place of one that is only looked at`(
        server: TestServer
    ) async throws {
        try await withMigrator(server) { database, migrator in
            try database.run("CREATE TABLE guests (id int)")
            let record = try await migrator.backUp()
            let look = try await database.driver().openLook()
            let report = try await migrator.restore(
                RestoreRequest(backup: record.name, swaps: true))
            #expect(report.exchange?.ended.map(\.application) == ["apus look"])
            await look.close()
            #expect(try await migrator.overview().state.target.name == database.name)
        }
    }

    private func untilNobodyLooks(_ database: TestDatabase) async throws {
        try await until { try database.run(Self.looks).isEmpty }
    }

    /// A backend takes a moment to end behind its connection.
    private func until(_ isSo: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try !isSo() {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
