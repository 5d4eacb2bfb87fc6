import ApusCore
import ApusSQLite
import Foundation
import SystemPackage
import Testing

@testable import ApusEngine

@Suite struct RestoreTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    private var restored: FilePath { work.path.appending("guests_restored.sqlite") }

    private func rows(_ path: FilePath, _ table: String = "users") async throws -> Int64? {
        try await SQLiteDriver(path: path.string).backupSource.contents().tables
            .first { $0.name == table }?.rows
    }

    /// A database at 1.1.0, whose last run took a backup at 1.0.0 with two rows, and has three now.
    private func backedUp() async throws -> String {
        try work.migration(
            "1.0.0 users", up: "CREATE TABLE users (a); INSERT INTO users VALUES (1), (2);")
        try await work.migrator().migrate()
        try work.migration("1.1.0 more", up: "INSERT INTO users VALUES (3);", down: "SELECT 1;")
        let report = try await work.migratorWithBackups().migrate()
        return try #require(report.backup?.name)
    }

    private func restore(
        _ request: RestoreRequest, _ events: Recording<RestoreEvent>? = nil
    ) async throws(Diagnostics) -> RestoreReport {
        try await work.migratorWithBackups().restore(request) { events?.append($0) }
    }

    @Test func `a backup is restored beside the live database, which is left alone`() async throws {
        let name = try await backedUp()
        let before = try work.bytes(work.database)
        let report = try await restore(RestoreRequest(backup: name))
        #expect(report.failure == nil && report.warnings.isEmpty && report.exchange == nil)
        #expect(report.database.name == "guests_restored.sqlite")
        #expect(report.version == version("1.0.0"))
        #expect(try await rows(restored) == 2)
        #expect(try work.bytes(work.database) == before)
        #expect(report.exchangeCommands.count == 3)
        let files = try FileManager.default.contentsOfDirectory(atPath: work.path.string)
        #expect(!files.contains { $0.contains("restoring") }, "\(files)")
    }

    /// A backup of other.sqlite, which has the same folder of backups.
    private func backupOfAnother() async throws -> String {
        _ = try await backedUp()
        let other = work.path.appending("other.sqlite")
        try work.write(try work.bytes(work.database), to: other)
        return try await work.migratorWithBackups {
            $0.driver = SQLiteDriver(path: other.string)
        }.backUp().name
    }

    @Test func `a backup of another database does not take the place of the live one`()
        async throws
    {
        let name = try await backupOfAnother()
        let before = try work.bytes(work.database)
        let refusal = await report { () throws(Diagnostics) in
            _ = try await restore(RestoreRequest(backup: name, swaps: true))
        }
        #expect(
            refusal.hasPrefix(
                "error[backup-of-another]: \(name) was taken of other.sqlite, and the live database is guests.sqlite"
            ))
        #expect(try work.bytes(work.database) == before)
        #expect(!work.exists(restored))
        let report = try await restore(
            RestoreRequest(backup: name, swaps: true, takesAnother: true))
        #expect(report.exchange != nil)
        #expect(report.warnings.map(\.code) == [.backupOfAnother])
    }

    @Test func `a backup of another database is restored beside the live one with a warning`()
        async throws
    {
        let report = try await restore(RestoreRequest(backup: try await backupOfAnother()))
        #expect(report.warnings.map(\.code) == [.backupOfAnother])
        #expect(report.warnings.allSatisfy { $0.severity == .warning })
        #expect(report.exchangeCommands.isEmpty, "nothing to paste that would exchange them")
    }

    @Test func `the same name at another place is a warning, and no reason to refuse`() {
        var backup = BackupEntry(
            name: "b.dump", path: "b.dump", bytes: 1, takenAt: "", engine: "postgres",
            database: "guests", provider: "dump", isVerified: true)
        backup.location = "localhost:6432"
        let origin = BackupOrigin(
            backup: backup, live: DatabaseTarget(name: "guests", location: "db.example:5432"))
        #expect(throws: Never.self) { try origin.checkExchange() }
        #expect(
            origin.warning?.message
                == "b.dump was taken of guests at localhost:6432, and the live one is at db.example:5432"
        )
        let same = BackupOrigin(
            backup: backup, live: DatabaseTarget(name: "guests", location: "localhost:6432"))
        #expect(same.warning == nil)
    }

    @Test func `F64 a restore that would not fit is not begun`() async throws {
        let name = try await backedUp()
        var migrator = work.migratorWithBackups()
        migrator.backups?.options.freeSpace = { _ in BackupSpace.floor }
        let refusal = await report { () throws(Diagnostics) in
            _ = try await migrator.restore(RestoreRequest(backup: name))
        }
        #expect(refusal.hasPrefix("error[backup-space]: the restored database needs "))
        #expect(!work.exists(restored))
    }

    @Test func `the run that took the backup is closed, and the restore is in the history`()
        async throws
    {
        let name = try await backedUp()
        let events = Recording<RestoreEvent>()
        let report = try await restore(RestoreRequest(backup: name), events)
        var migrator = work.migrator()
        migrator.driver = SQLiteDriver(path: restored.string)
        let runs = try await migrator.runs(limit: 10)
        #expect(runs.map(\.kind) == ["restore", "migrate", "migrate"])
        #expect(runs.map(\.status) == [.succeeded, .interrupted, .succeeded])
        #expect(runs.first?.id == report.run)
        #expect(runs.first?.summary == "Restores \(name)")
        let closed = events.all.compactMap { event -> [RunID]? in
            if case .recorded(_, let closed) = event { closed } else { nil }
        }
        #expect(closed == [[RunID(2)]])
    }

    @Test func `after a restore migrate goes on from the backup's version`() async throws {
        let name = try await backedUp()
        _ = try await restore(RestoreRequest(backup: name, swaps: true))
        #expect(try await work.applied() == ["1.0.0 users"])
        #expect(try await work.migratorWithBackups().migrate().version == version("1.1.0"))
        #expect(try await rows(work.database) == 3)
    }

    @Test func `with a swap the restored one has the name, and the old one is kept`() async throws {
        let name = try await backedUp()
        let old = try work.bytes(work.database)
        let report = try await restore(RestoreRequest(backup: name, swaps: true))
        let kept = try #require(report.exchange?.kept)
        #expect(kept == "guests_replaced_20250115_103000.sqlite")
        #expect(try work.bytes(work.path.appending(kept)) == old)
        #expect(try await rows(work.database) == 2)
        #expect(report.database == work.driver.target)
        #expect(!work.exists(restored))
    }

    @Test func `F67 what is not empty is refused, and what is empty is used`() async throws {
        let name = try await backedUp()
        let text = await report { () throws(Diagnostics) in
            _ = try await restore(RestoreRequest(backup: name, name: "guests.sqlite"))
        }
        #expect(text.hasPrefix("error[restore-occupied]: guests.sqlite is not empty: it has "))
        try work.write("", to: restored)
        #expect(try await restore(RestoreRequest(backup: name)).failure == nil)
        #expect(try await rows(restored) == 2)
        try work.write("anything", to: work.path.appending("other.sqlite"))
        let other = await report { () throws(Diagnostics) in
            _ = try await restore(RestoreRequest(backup: name, name: "other.sqlite"))
        }
        #expect(other.hasPrefix("error[restore-occupied]"))
    }

    @Test func `a log that an earlier database left is not taken for the new one's`() async throws {
        let name = try await backedUp()
        try work.write("a log", to: work.path.appending("guests_restored.sqlite-wal"))
        let text = await report { () throws(Diagnostics) in
            _ = try await restore(RestoreRequest(backup: name))
        }
        #expect(text.contains("guests_restored.sqlite-wal, which an earlier database left"))
    }

    @Test func `a live database that is gone is restored in its place`() async throws {
        let name = try await backedUp()
        try FileManager.default.removeItem(atPath: work.database.string)
        let report = try await restore(RestoreRequest(backup: name, name: "guests.sqlite"))
        #expect(report.exchangeCommands.isEmpty && report.database == work.driver.target)
        #expect(try await rows(work.database) == 2)
        try FileManager.default.removeItem(atPath: work.database.string)
        let swapped = try await restore(RestoreRequest(backup: name, swaps: true))
        #expect(swapped.exchange == Exchange(kept: nil))
        #expect(try await rows(work.database) == 2)
    }

    @Test(arguments: [0, 18, 100, 5000])
    func `F65 a damaged backup is refused, and nothing is made`(offset: Int) async throws {
        let name = try await backedUp()
        let path = work.backups.appending(name)
        var bytes = try work.bytes(path)
        bytes[offset] ^= 4
        try work.write(bytes, to: path)
        let text = await report { () throws(Diagnostics) in
            _ = try await restore(RestoreRequest(backup: name))
        }
        #expect(text.hasPrefix(offset == 0 ? "error[backup-format]" : "error[backup-damaged]"))
        #expect(!work.exists(restored))
    }

    @Test func `F68 a plain script is refused, with a manifest or without`() async throws {
        let name = try await backedUp()
        let script = Array("CREATE TABLE t (a);\n".utf8)
        try work.write(script, to: work.backups.appending("dump.sql"))
        try work.write(script, to: work.backups.appending(name))
        for backup in ["dump.sql", name, work.backups.appending("dump.sql").string] {
            let text = await report { () throws(Diagnostics) in
                _ = try await restore(RestoreRequest(backup: backup))
            }
            #expect(text.hasPrefix("error[backup-format]: "), "\(text)")
        }
        #expect(!work.exists(restored))
    }

    @Test func `a backup elsewhere is named by its path`() async throws {
        let name = try await backedUp()
        let other = work.path.appending("other")
        try FileManager.default.moveItem(atPath: work.backups.string, toPath: other.string)
        let path = other.appending(name).string
        #expect(try await restore(RestoreRequest(backup: path)).failure == nil)
        try FileManager.default.removeItem(atPath: "\(path).json")
        let text = await report { () throws(Diagnostics) in
            _ = try await restore(RestoreRequest(backup: path, name: "third.sqlite"))
        }
        #expect(text.hasPrefix("error[backup-unknown]: \(path) has no manifest beside it"))
    }

    @Test func `what a command of the user's took is not restored here`() async throws {
        _ = try await backedUp()
        let record = try await work.migratorWithBackups {
            $0.backups?.options.provider = .command(BackupCommand(take: "true"))
        }.backUp()
        let text = await report { () throws(Diagnostics) in
            _ = try await restore(RestoreRequest(backup: record.name))
        }
        #expect(text.hasPrefix("error[backup-format]: \(record.name) was taken by backup_command"))
    }

    @Test func `what does not agree with the manifest is told, kept, and never swapped in`()
        async throws
    {
        let name = try await backedUp()
        let store = BackupStore(folder: work.backups)
        var manifest = try store.manifest(of: name)
        let index = try #require(manifest.tables.firstIndex { $0.name == "users" })
        manifest.tables[index].rows = 7
        manifest.tables.append(.init(name: "vanished", rows: 1))
        try work.write(manifest.encoded(), to: store.manifestPath(of: name))
        let text = await report { () throws(Diagnostics) in
            _ = try await restore(RestoreRequest(backup: name, swaps: true))
        }
        #expect(
            text == """
                error[restore-differs]: what was restored is not what \(name) held
                users has 2 rows instead of 7
                the table vanished with 1 row is missing
                state: it is kept as guests_restored.sqlite, to be looked at. guests.sqlite was not touched.
                next:  if it is right all the same: apus restore --swap --into guests_restored.sqlite
                """)
        #expect(try await rows(work.database) == 3)
        #expect(try await rows(restored) == 2)
        let exchange = try await work.migratorWithBackups().exchange(with: "guests_restored.sqlite")
        #expect(exchange.kept != nil)
    }

    @Test func `a schema that differs from the manifest's is told object by object`() async throws {
        let name = try await backedUp()
        let store = BackupStore(folder: work.backups)
        var manifest = try store.manifest(of: name)
        let schema = try #require(manifest.schema)
        manifest.schema = SchemaSnapshot(
            engine: .sqlite, server: schema.server,
            objects: schema.objects + [SchemaObject(.index, "users_a")])
        try work.write(manifest.encoded(), to: store.manifestPath(of: name))
        let text = await report { () throws(Diagnostics) in
            _ = try await restore(RestoreRequest(backup: name))
        }
        #expect(text.contains("\n- index users_a\n"))
    }

    @Test func `what a dead restore left is removed by the next one, and said`() async throws {
        let name = try await backedUp()
        try work.write("half", to: work.path.appending("guests_restored.sqlite.restoring"))
        #expect(
            try await work.migratorWithBackups().unfinishedRestores().map(\.name)
                == ["guests_restored.sqlite"])
        let text = await report { () throws(Diagnostics) in
            _ = try await work.migratorWithBackups().exchange(with: "guests_restored.sqlite")
        }
        #expect(text.contains("the restore into guests_restored.sqlite was never finished"))
        let events = Recording<RestoreEvent>()
        _ = try await restore(RestoreRequest(backup: name), events)
        guard case .cleared(let left) = events.all.first else {
            Issue.record("nothing was cleared")
            return
        }
        #expect(left.name == "guests_restored.sqlite")
        #expect(try await work.migratorWithBackups().unfinishedRestores().isEmpty)
    }

    @Test func `a restore that is cancelled leaves nothing behind`() async throws {
        let name = try await backedUp()
        let migrator = work.migratorWithBackups()
        let task = Task {
            try await migrator.restore(RestoreRequest(backup: name)) { event in
                if case .creating = event { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        _ = await task.result
        #expect(try await migrator.unfinishedRestores().isEmpty)
    }

    @Test func `a database in use is not swapped away, and what was restored stays`() async throws {
        let name = try await backedUp()
        let holder = try await work.driver.openSession()
        try await holder.acquireLock(waitingAtMost: .zero) { _ in }
        let report = try await restore(RestoreRequest(backup: name, swaps: true))
        #expect(report.failure?.code == .databaseInUse)
        #expect(report.exchange == nil)
        #expect(
            report.failure?.help.last == "then: apus restore --swap --into guests_restored.sqlite")
        #expect(try await rows(work.database) == 3)
        #expect(try await rows(restored) == 2)
        await holder.close()
        let exchange = try await work.migratorWithBackups().exchange(with: "guests_restored.sqlite")
        #expect(exchange.kept == "guests_replaced_20250115_103000.sqlite")
        #expect(try await rows(work.database) == 2)
    }
}
