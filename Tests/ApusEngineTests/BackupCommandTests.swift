import ApusCore
import Foundation
import SystemPackage
import Testing

@testable import ApusEngine

@Suite struct BackupCommandTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    private func migrator(_ take: String, verify: String? = nil) -> Migrator {
        work.migratorWithBackups {
            $0.backups?.options.provider = .command(
                BackupCommand(take: take, verify: verify, folder: work.path.string))
            $0.options.lockCheck = .milliseconds(20)
        }
    }

    private func migrated() async throws {
        try work.migration("1.0.0 users")
        try await work.migrator().migrate()
    }

    private func manifest(_ record: BackupRecord) throws -> BackupManifest {
        try BackupStore(folder: work.backups).manifest(of: record.name)
    }

    @Test func `a command is told what it is to back up, and its outcome is kept`() async throws {
        try await migrated()
        let record = try await migrator(
            """
            echo "$APUS_DATABASE $APUS_ENGINE $APUS_DATABASE_VERSION [$APUS_BACKUP_RUN]"
            echo "$APUS_BACKUP_NAME" >&2; test -s "$APUS_DATABASE_FILE"; pwd
            """
        ).backUp()
        #expect(record.name == "20250115T103000Z_manual.command")
        #expect(!record.isVerified && record.bytes == 0)
        let manifest = try manifest(record)
        #expect(manifest.provider == "command" && manifest.sha256 == nil)
        let lines = try #require(manifest.command?.output).split(separator: "\n").map(String.init)
        #expect(lines.prefix(2) == ["guests.sqlite sqlite 1.0.0 []", record.name])
        #expect(manifest.command?.status == 0)
        let entry = try #require(try BackupStore(folder: work.backups).list().first)
        #expect(entry.name == record.name && !entry.isVerified && entry.problem == nil)
        #expect(!work.exists(work.backups.appending(record.name)))
    }

    @Test func `F72 a file that the command writes is hashed, and for the owner alone`()
        async throws
    {
        try await migrated()
        let record = try await migrator(
            "umask 000; rm \"$APUS_BACKUP_FILE\"; cp \"$APUS_DATABASE_FILE\" \"$APUS_BACKUP_FILE\"",
            verify: "cmp \"$APUS_DATABASE_FILE\" \"$APUS_BACKUP_FILE\""
        ).backUp()
        #expect(record.isVerified && record.bytes > 0)
        let path = work.backups.appending(record.name)
        let attributes = try FileManager.default.attributesOfItem(atPath: path.string)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try manifest(record).sha256 == record.checksum.hex)
        #expect(try await migrator("false", verify: "true").verifyBackup(record.name).isVerified)
        try work.write("other", to: path)
        await #expect(throws: Diagnostics.self) {
            try await migrator("false", verify: "true").verifyBackup(record.name)
        }
    }

    @Test func `what nothing can read back is not called verified`() async throws {
        try await migrated()
        let take = "cp \"$APUS_DATABASE_FILE\" \"$APUS_BACKUP_FILE\""
        let record = try await migrator(take, verify: "true").backUp()
        #expect(record.isVerified)
        #expect(try await !migrator(take).verifyBackup(record.name).isVerified)
        #expect(try await migrator(take, verify: "true").verifyBackup(record.name).isVerified)
    }

    @Test func `F64 a command that fails stops the run, and what it said is in the record`()
        async throws
    {
        try await migrated()
        try work.migration("1.1.0 more")
        let report = try await migrator("echo no space on the tape; exit 3").migrate()
        #expect(report.failure?.code == .backupFailed)
        #expect(report.failure?.message == "backup_command ended with exit status 3")
        #expect(report.failure?.details == ["no space on the tape"])
        #expect(try await work.applied() == ["1.0.0 users"])
        let run = try #require(try await work.migrator().runs(limit: 1).first)
        #expect(
            run.failureMessage
                == "backup_command ended with exit status 3\nno space on the tape")
        #expect(try BackupStore(folder: work.backups).list().isEmpty)
        #expect(BackupStore(folder: work.backups).leftovers().isEmpty)
    }

    @Test func `F64 a command that a signal ends has failed`() async throws {
        try await migrated()
        let text = await report { () throws(Diagnostics) in
            _ = try await migrator("kill -9 $$").backUp()
        }
        #expect(text.contains("backup_command ended with exit status 137"))
    }

    @Test func `a backup that the verifying command refuses does not count`() async throws {
        try await migrated()
        let text = await report { () throws(Diagnostics) in
            _ = try await migrator("true", verify: "echo checksum wrong; false").backUp()
        }
        #expect(
            text.hasPrefix(
                "error[backup-damaged]: backup_verify_command ended with exit status 1\nchecksum wrong"
            ))
        #expect(try BackupStore(folder: work.backups).list().isEmpty)
    }

    @Test func `F71 what a command prints is shown without the secrets that it was given`()
        async throws
    {
        let command = BackupCommand(take: "echo the word is $WORD")
        let outcome = try await command.run(
            command.take, called: "backup_command",
            ProgramEnvironment(values: [:], secrets: ["WORD": Secret("melon")]),
            failure: .backupFailed)
        #expect(outcome.output == "the word is •••")
    }

    @Test
    func `F74 a lock that is lost while a backup goes on ends the run before it changes anything`()
        async throws
    {
        try await migrated()
        try work.migration("1.1.0 more")
        let report = try await migrator("rm \"$APUS_DATABASE_FILE\".apus-lock; sleep 60").migrate()
        #expect(report.failure?.code == .lockLost)
        #expect(report.duration < .seconds(50), "the backup is not waited for")
        #expect(try await work.applied() == ["1.0.0 users"])
        #expect(try BackupStore(folder: work.backups).list().isEmpty)
    }

    @Test func `F74 a lock that is lost at the end of a backup is noticed too`() async throws {
        try await migrated()
        try work.migration("1.1.0 more")
        var migrator = migrator("rm \"$APUS_DATABASE_FILE\".apus-lock")
        migrator.options.lockCheck = .seconds(60)
        let report = try await migrator.migrate()
        #expect(report.failure?.code == .lockLost)
        #expect(try await work.applied() == ["1.0.0 users"])
    }

    @Test func `the policy destructive backs up plans that lose data, and only those`() async throws
    {
        try await migrated()
        func run(_ change: (inout Migrator) -> Void = { _ in }) async throws -> Report {
            var migrator = work.migratorWithBackups { $0.options.backup = .destructive }
            change(&migrator)
            return try await migrator.migrate()
        }
        try work.migration("1.1.0 more")
        #expect(try await run().backup == nil)
        try work.migration("1.2.0 fewer", up: "DROP TABLE more;", down: "CREATE TABLE more (a);")
        #expect(try await run().backup != nil)
    }
}
