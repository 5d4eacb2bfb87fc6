import ApusCore
import ApusSQLite
import Foundation
import SystemPackage
import Testing

@testable import ApusEngine

@Suite struct BackupManifestTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    private func backedUp() async throws -> BackupRecord {
        try work.migration(
            "1.0.0 users", up: "CREATE TABLE users (a); INSERT INTO users VALUES (1), (2);")
        try await work.migrator().migrate()
        return try await work.migratorWithBackups().backUp()
    }

    private func path(_ record: BackupRecord) -> FilePath {
        work.backups.appending("\(record.name).json")
    }

    @Test func `a manifest in which anything was changed speaks against its backup`() async throws {
        let record = try await backedUp()
        let text = String(decoding: try work.bytes(path(record)), as: UTF8.self)
        let store = BackupStore(folder: work.backups)
        for (old, new) in [
            ("\"rows\" : 2", "\"rows\" : 3"), ("\"verified\" : true", "\"verified\" : false"),
            ("1.0.0", "9.0.0"), ("\"users\"", "\"losers\""),
        ] {
            #expect(text.contains(old))
            try work.write(text.replacing(old, with: new), to: path(record))
            #expect(try store.list().first?.problem != nil, "\(old)")
        }
        try work.write(text.replacing("\n", with: "\n "), to: path(record))
        #expect(try store.list().first?.problem == nil, "white space says nothing")
    }

    @Test func `a manifest of format 1 is still read`() async throws {
        let record = try await backedUp()
        try work.write(
            """
            {"bytes": \(record.bytes), "database": "guests.sqlite", "database_version": "1.0.0",
             "duration_seconds": 0.1, "engine": "sqlite", "file": "\(record.name)", "format": 1,
             "server": "SQLite 3.40.1", "sha256": "\(record.checksum.hex)",
             "tables": [{"name": "users", "rows": 2}], "taken_at": "2025-01-15T10:30:00Z",
             "tool": "sqlite3_backup 3.40.1", "verified": true}
            """, to: path(record))
        let entry = try await work.migratorWithBackups().verifyBackup(record.name)
        #expect(entry.isSound && entry.provider == "dump" && entry.databaseVersion == "1.0.0")
        #expect(
            try BackupStore(folder: work.backups).list(of: .sqlite, work.driver.target).count == 1)
    }

    @Test func `a manifest of a later format is named as that`() async throws {
        let record = try await backedUp()
        let text = String(decoding: try work.bytes(path(record)), as: UTF8.self)
        try work.write(text.replacing("\"format\" : 2", with: "\"format\" : 3"), to: path(record))
        #expect(
            try BackupStore(folder: work.backups).list().first?.problem
                == "its manifest has format 3, of a later Apus")
    }
}
