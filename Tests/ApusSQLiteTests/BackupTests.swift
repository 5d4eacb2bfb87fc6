import ApusCore
import ApusEngine
import ApusSQLite
import Foundation
import GRDB
import Synchronization
import SystemPackage
import Testing

@Suite struct `Backups of SQLite` {
    private func backup(_ database: TemporaryDatabase) async throws -> (
        path: String, contents: BackupContents
    ) {
        let path = database.folder.appending(path: "copy.sqlite").path
        _ = FileManager.default.createFile(
            atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        let contents = try await database.driver.backupSource.write(
            to: FilePath(path), as: BackupForm(fileExtension: "sqlite")
        ) { _ in }
        return (path, contents)
    }

    @Test
    func `rows that are only in the write-ahead log are in the copy (F76), which needs none (F77)`()
        async throws
    {
        let database = try TemporaryDatabase()
        let application = try DatabasePool(path: database.path)
        try await application.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            try database.execute(
                sql: "CREATE TABLE guests (id INTEGER); INSERT INTO guests VALUES (1), (2), (3)")
        }
        #expect(try database.files.contains("guests.sqlite-wal"))
        let (path, contents) = try await backup(database)
        #expect(contents.tables.map { "\($0.name) \($0.rows)" } == ["guests 3"])
        #expect(contents.tool.hasPrefix("sqlite3_backup 3."))
        // Bytes 18 and 19 are 2 in WAL mode (https://www.sqlite.org/fileformat.html, 1.3).
        let bytes = try Data(contentsOf: URL(filePath: path))
        #expect(bytes[18] == 1 && bytes[19] == 1)
        #expect(try !database.files.contains { $0.hasPrefix("copy.sqlite-") })
        try await database.driver.backupSource.readBack(FilePath(path))
        #expect(try !database.files.contains { $0.hasPrefix("copy.sqlite-") })
        try application.close()
    }

    @Test func `a writer at work is no hindrance, and its open transaction not in the copy`()
        async throws
    {
        let database = try TemporaryDatabase()
        let writer = try database.otherProgram()
        try await writer.writeWithoutTransaction {
            try $0.execute(
                sql: "CREATE TABLE t (a); INSERT INTO t VALUES (1); BEGIN; INSERT INTO t VALUES (2)"
            )
        }
        let (_, contents) = try await backup(database)
        #expect(contents.tables.first?.rows == 1)
        try await writer.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
    }

    @Test func `a database of many pages reports its progress to the end`() async throws {
        let database = try TemporaryDatabase()
        #expect(
            try await database.apply(
                """
                CREATE TABLE t (a BLOB);
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
                INSERT INTO t SELECT randomblob(4000) FROM n;
                """
            ).failure == nil)
        let path = database.folder.appending(path: "copy.sqlite").path
        let progress = Progress()
        _ = try await database.driver.backupSource.write(
            to: FilePath(path), as: BackupForm(fileExtension: "sqlite"), progress: progress.record)
        let size = try Data(contentsOf: URL(filePath: path)).count
        #expect(progress.values.count > 2)
        #expect(progress.values == progress.values.sorted())
        #expect(progress.values.last == Int64(size))
    }

    @Test func `an empty database gives a copy that reads back`() async throws {
        let database = try TemporaryDatabase()
        _ = FileManager.default.createFile(atPath: database.path, contents: nil)
        let (path, contents) = try await backup(database)
        #expect(contents.tables.isEmpty)
        try await database.driver.backupSource.readBack(FilePath(path))
    }

    @Test func `a database that is not there cannot be copied`() async throws {
        let database = try TemporaryDatabase()
        let error = await #expect(throws: ApusEngine.DatabaseError.self) {
            _ = try await backup(database)
        }
        #expect(error?.code == .backupFailed)
    }

    @Test func `a page that is overwritten is found`() async throws {
        let database = try TemporaryDatabase()
        #expect(
            try await database.apply(
                """
                CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
                CREATE INDEX t_a ON t (a);
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
                INSERT INTO t SELECT i, 'row ' || i FROM n;
                """
            ).failure == nil)
        let (path, _) = try await backup(database)
        let whole = try Data(contentsOf: URL(filePath: path))
        for page in 1..<(whole.count / 4096) {
            var damaged = whole
            damaged.replaceSubrange(
                page * 4096..<page * 4096 + 64, with: Data(repeating: 0x5A, count: 64))
            try damaged.write(to: URL(filePath: path))
            let error = await #expect(throws: ApusEngine.DatabaseError.self, "page \(page)") {
                try await database.driver.backupSource.readBack(FilePath(path))
            }
            #expect(error?.code == .backupDamaged)
        }
    }
}

private final class Progress: Sendable {
    private let all = Mutex<[Int64]>([])
    @Sendable func record(_ bytes: Int64) { all.withLock { $0.append(bytes) } }
    var values: [Int64] { all.withLock { $0 } }
}
