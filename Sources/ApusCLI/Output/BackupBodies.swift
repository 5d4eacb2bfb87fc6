import ApusCore
import ApusEngine

/// `apus.backup/1`
struct BackupTakenBody: Encodable {
    var target: TargetBody
    var backup: BackupBody

    init(_ backup: BackupRecord, _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        self.backup = BackupBody(backup)
    }
}

/// `apus.backups/1`
struct BackupListBody: Encodable {
    var folder: String
    var backups: [BackupEntryBody]

    init(folder: String, _ backups: [BackupEntry]) {
        self.folder = folder
        self.backups = backups.map(BackupEntryBody.init)
    }
}

/// A backup as it lies in the folder; alone: `apus.backup-verification/1`
struct BackupEntryBody: Encodable {
    var name: String
    var path: String
    var bytes: Int64
    var takenAt: String
    var engine: String
    var database: String
    var databaseVersion: String?
    var run: Int64?
    var provider: String
    var verified: Bool
    var problem: String?

    init(_ backup: BackupEntry) {
        name = backup.name
        path = backup.path
        bytes = backup.bytes
        takenAt = backup.takenAt
        engine = backup.engine
        database = backup.database
        databaseVersion = backup.databaseVersion
        run = backup.run
        provider = backup.provider
        verified = backup.isVerified
        problem = backup.problem
    }
}

/// `apus.backup-verifications/1`
struct BackupVerificationsBody: Encodable {
    var good: [BackupEntryBody]
    var problems: [DiagnosticBody]

    init(_ good: [BackupEntry], _ problems: [Diagnostic]) {
        self.good = good.map(BackupEntryBody.init)
        self.problems = problems.map(DiagnosticBody.init)
    }
}

/// `apus.backup-prune/1`
struct BackupPruneBody: Encodable {
    var dryRun: Bool
    var removed: [BackupEntryBody]
    var kept: [BackupEntryBody]
    var unsound: [BackupEntryBody]
    var leftovers: [String]

    init(_ pruning: Pruning, isDryRun: Bool) {
        dryRun = isDryRun
        removed = pruning.removed.map(BackupEntryBody.init)
        kept = pruning.kept.map(BackupEntryBody.init)
        unsound = pruning.unsound.map(BackupEntryBody.init)
        leftovers = pruning.leftovers
    }
}
