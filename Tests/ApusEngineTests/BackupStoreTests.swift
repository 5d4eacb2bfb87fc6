import ApusCore
import ApusSQLite
import Foundation
import SystemPackage
import Testing

@testable import ApusEngine

@Suite struct BackupStoreTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    private var store: BackupStore { BackupStore(folder: work.backups) }

    /// A database at 1.0.0, and a backup of it.
    private func backedUp() async throws -> BackupRecord {
        try work.migration(
            "1.0.0 users", up: "CREATE TABLE users (a); INSERT INTO users VALUES (1), (2);")
        try await work.migrator().migrate()
        return try await work.migratorWithBackups().backUp()
    }

    private func mode(_ path: FilePath) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path.string)[.posixPermissions] as? Int
    }

    @Test func `F72 a backup and its folder are for the owner alone`() async throws {
        let record = try await backedUp()
        #expect(record.name == "20250115T103000Z_manual.sqlite")
        #expect(record.version == version("1.0.0"))
        #expect(try mode(work.backups) == 0o700)
        #expect(try mode(work.backups.appending(record.name)) == 0o600)
        #expect(try mode(work.backups.appending("\(record.name).json")) == 0o600)
        #expect(try work.bytes(work.backups.appending(record.name)).count == Int(record.bytes))
    }

    @Test func `a manifest tells what the backup holds`() async throws {
        let record = try await backedUp()
        let manifest =
            try JSONSerialization.jsonObject(
                with: Data(work.bytes(work.backups.appending("\(record.name).json"))))
            as? [String: Any]
        #expect(manifest?["format"] as? Int == 2)
        #expect(manifest?["provider"] as? String == "dump")
        #expect(manifest?["location"] as? String == work.database.string)
        #expect(manifest?["database_bytes"] as? Int64 == record.bytes)
        let schema = manifest?["schema"] as? [String: Any]
        #expect((schema?["objects"] as? [Any])?.isEmpty == false)
        #expect(manifest?["file"] as? String == record.name)
        #expect(manifest?["sha256"] as? String == record.checksum.hex)
        #expect(manifest?["bytes"] as? Int64 == record.bytes)
        #expect(manifest?["taken_at"] as? String == "2025-01-15T10:30:00Z")
        #expect(manifest?["database"] as? String == "guests.sqlite")
        #expect(manifest?["database_version"] as? String == "1.0.0")
        #expect(manifest?["verified"] as? Bool == true)
        let tables = manifest?["tables"] as? [[String: Any]] ?? []
        #expect(tables.first { $0["name"] as? String == "users" }?["rows"] as? Int == 2)
    }

    @Test func `backups are listed newest first, each under a name of its own`() async throws {
        let first = try await backedUp()
        let second = try await work.migratorWithBackups().backUp()
        let third = try await work.migratorWithBackups {
            $0.now = { Timestamp(microseconds: 1_736_940_600_000_000) }
        }.backUp()
        #expect(second.name == "20250115T103000Z_manual-2.sqlite")
        let listed = try store.list()
        #expect(listed.map(\.name) == [third.name, second.name, first.name])
        #expect(listed.first?.name == third.name)
        #expect(listed.allSatisfy { $0.problem == nil && $0.engine == "sqlite" })
    }

    @Test func `F8 what was not finished is never listed`() async throws {
        let record = try await backedUp()
        for name in [
            "20250116T000000Z_run-1.sqlite.partial", "notes.txt",
            "20250117T000000Z_run-2.sqlite.json",
        ] {
            try work.write("{}", to: work.backups.appending(name))
        }
        #expect(try store.list().map(\.name) == [record.name])
        #expect(try BackupStore(folder: work.path.appending("nowhere")).list() == [])
    }

    @Test func `F8 what a dead process left is removed, what is being written is not`() async throws
    {
        try FileManager.default.createDirectory(
            atPath: work.backups.string, withIntermediateDirectories: true)
        let dead = work.backups.appending("20250114T103000Z_run-3.sqlite.partial")
        try work.write("half", to: dead)
        let journals = ["20250112T103000Z_run-1", "20250114T103000Z_run-3"].map {
            work.backups.appending("\($0).sqlite.partial-journal")
        }
        for journal in journals { try work.write("half", to: journal) }
        let living = try PartialBackup.reserve(
            "20250115T103000Z_manual", "sqlite", in: work.backups)
        let journal = FilePath("\(living.path)-journal")
        try work.write("is needed", to: journal)
        let foreign = work.backups.appending("film.partial")
        try work.write("not ours", to: foreign)
        let orphan = work.backups.appending("20250113T103000Z_run-2.sqlite.json")
        try work.write("{}", to: orphan)
        #expect(
            store.leftovers() == [
                "20250112T103000Z_run-1.sqlite.partial-journal",
                "20250113T103000Z_run-2.sqlite.json", "20250114T103000Z_run-3.sqlite.partial",
            ])
        #expect(try await backedUp().name == "20250115T103000Z_manual-2.sqlite")
        #expect(!work.exists(dead) && !work.exists(orphan))
        #expect(journals.allSatisfy { !work.exists($0) })
        #expect(work.exists(living.path) && work.exists(journal) && work.exists(foreign))
        living.removeData()
        #expect(!work.exists(journal))
        #expect(store.leftovers() == [])
    }

    @Test func `a backup that waited for the lock tells the version that it holds`() async throws {
        try work.migration("1.0.0 users")
        let holder = try await work.driver.openSession()
        try await holder.acquireLock(waitingAtMost: .zero) { _ in }
        let step = try await work.migrator().plan(.latest).steps[0]
        try await holder.prepareRegistry()
        let waiting = AsyncStream<Void>.makeStream()
        async let late = work.migratorWithBackups().backUp { event in
            if case .waitingForRunLock = event { waiting.continuation.yield() }
        }
        for await _ in waiting.stream { break }
        let run = try await holder.beginRun(
            RunStart(
                kind: .migrate, summary: "", planDigest: Checksum(of: ""), from: nil, to: nil,
                steps: 1, startedBy: "", applicationVersion: nil, toolVersion: ""))
        _ = try await holder.perform(step, in: run, options: StepOptions()) { _ in }
        try await holder.endRun(run, RunEnd(status: .succeeded))
        await holder.close()
        #expect(try await late.version == version("1.0.0"))
    }

    @Test func `a file that this user may not read is not called damaged`() {
        let error = DatabaseError.unreadableBackup("backups/a b.dump", Errno.permissionDenied)
        #expect(error.code == .fileUnreadable)
        #expect(error.help == ["as its owner: chmod u+r 'backups/a b.dump'"])
        #expect(DatabaseError.unreadableBackup("x", Errno.ioError).code == .backupDamaged)
    }

    @Test func `F72 a file and a folder are for the owner alone from their creation on`() throws {
        let (file, folder) = (work.path.appending("file"), work.path.appending("folder"))
        try DurableFile.create(file)
        try DurableFile.createFolder(folder)
        for (path, mode) in [(file, 0o600), (folder, 0o700)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path.string)
            #expect(attributes[.posixPermissions] as? Int == mode)
        }
    }

    @Test func `F66 a backup whose file somebody removed is told of, and not forgotten`()
        async throws
    {
        let record = try await backedUp()
        try FileManager.default.removeItem(atPath: work.backups.appending(record.name).string)
        #expect(try store.list().map(\.problem) == ["its file is gone"])
        #expect(store.leftovers() == [])
        _ = try await backedUp()
        #expect(try store.list().map(\.problem) == [nil, "its file is gone"])
    }

    @Test func `F8 a removal that a dead process began is finished by the next backup`()
        async throws
    {
        let record = try await backedUp()
        let manifest = store.manifestPath(of: record.name)
        let removal = UnfinishedBackups.removal(of: record.name)
        try FileManager.default.moveItem(
            atPath: manifest.string, toPath: work.backups.appending(removal).string)
        #expect(try store.list() == [])
        #expect(store.leftovers() == [removal])
        _ = try await backedUp()
        #expect(try store.list().count == 1)
        #expect(store.leftovers() == [])
    }

    @Test func `a sound backup verifies`() async throws {
        let record = try await backedUp()
        let entry = try await work.migratorWithBackups().verifyBackup(record.name)
        #expect(entry.problem == nil)
        #expect(entry.bytes == record.bytes)
    }

    @Test(arguments: [0, 1, 100, 4095])
    func `F65 a truncated backup is found out`(length: Int) async throws {
        let record = try await backedUp()
        let path = work.backups.appending(record.name)
        try work.write(Array(try work.bytes(path).prefix(length)), to: path)
        #expect(
            try store.list().first?.problem == "it has \(length) bytes instead of \(record.bytes)")
        let text = await report { () throws(Diagnostics) in
            _ = try await work.migratorWithBackups().verifyBackup(record.name)
        }
        #expect(
            text.hasPrefix("error[backup-damaged]: \(record.name) is not what was written")
        )
    }

    @Test func `F65 a flipped byte anywhere is found out`() async throws {
        let record = try await backedUp()
        let path = work.backups.appending(record.name)
        let sound = try work.bytes(path)
        for offset in stride(from: 0, to: sound.count, by: max(1, sound.count / 20)) {
            var damaged = sound
            damaged[offset] ^= 0x40
            try work.write(damaged, to: path)
            #expect(try store.list().first?.problem == nil)
            await #expect(throws: Diagnostics.self) {
                try await work.migratorWithBackups().verifyBackup(record.name)
            }
        }
    }

    @Test func `a manifest that cannot be read speaks against its backup`() async throws {
        let record = try await backedUp()
        try work.write("{", to: work.backups.appending("\(record.name).json"))
        #expect(try store.list().first?.problem == "its manifest cannot be read")
        await #expect(throws: Diagnostics.self) {
            try await work.migratorWithBackups().verifyBackup(record.name)
        }
    }

    @Test func `an unknown backup is refused with the nearest`() async throws {
        let record = try await backedUp()
        for name in ["20250115T103001Z_manual.sqlite", "../guests.sqlite"] {
            let text = await report { () throws(Diagnostics) in
                _ = try await work.migratorWithBackups().verifyBackup(name)
            }
            #expect(text.hasPrefix("error[backup-unknown]: there is no backup \"\(name)\" in "))
            #expect(text.contains("did you mean \"\(record.name)\"?") == name.hasPrefix("2025"))
        }
    }

    @Test func `a folder that cannot be made is told`() async throws {
        try work.migration("1.0.0 users")
        try await work.migrator().migrate()
        try work.write("in the way", to: work.backups)
        let text = await report { () throws(Diagnostics) in
            _ = try await work.migratorWithBackups().backUp()
        }
        #expect(
            text.hasPrefix("error[backup-failed]: the backup folder \(work.backups) cannot be made")
        )
    }

    @Test func `a folder that cannot be written to is told`() async throws {
        try work.migration("1.0.0 users")
        try await work.migrator().migrate()
        let text = await report { () throws(Diagnostics) in
            _ = try await work.migratorWithBackups {
                $0.backups = BackupStore(folder: "/proc/self")
            }.backUp()
        }
        #expect(
            text.hasPrefix(
                "error[backup-failed]: the backup folder /proc/self cannot be written to: "))
    }

    @Test func `a broken migration file does not stand in the way of a backup`() async throws {
        _ = try await backedUp()
        try work.write("broken", to: work.migrations.appending("broken.sql"))
        #expect(try await work.migratorWithBackups().backUp().version == version("1.0.0"))
    }

    @Test func `without a folder for backups there are none`() async {
        #expect(
            await report { () throws(Diagnostics) in _ = try await work.migrator().backUp() } == """
                error[backup-failed]: no backup folder is configured
                next:  set backups: FOLDER in apus.yaml
                """)
    }
}
