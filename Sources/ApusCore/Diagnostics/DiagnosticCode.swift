/// Every kind of diagnostic by its stable kebab-case name.
///
/// The raw values are an interface: scripts match on them, and they never change their meaning.
public enum DiagnosticCode: String, Hashable, Sendable, CaseIterable {
    // Files and folders
    case folderNotFound = "folder-not-found"
    case fileUnreadable = "file-unreadable"
    case fileNameInvalid = "file-name-invalid"
    case pathEscapesFolder = "path-escapes-folder"
    case headerMismatch = "header-mismatch"
    case sectionMissing = "section-missing"
    case sectionDuplicate = "section-duplicate"
    case sectionEmpty = "section-empty"
    case directiveUnknown = "directive-unknown"
    case directiveInvalid = "directive-invalid"
    case duplicateID = "duplicate-id"
    case dependencyMissing = "dependency-missing"
    case dependencyCycle = "dependency-cycle"
    case dependencyContradiction = "dependency-contradiction"
    case nulByte = "nul-byte"
    case invalidUTF8 = "invalid-utf8"
    case unterminatedToken = "unterminated-token"
    case psqlCommand = "psql-command"
    case transactionControl = "transaction-control"
    case notInTransaction = "not-in-transaction"
    case releasesLock = "releases-lock"
    case futureTimestamp = "future-timestamp"
    case enumValueUncommitted = "enum-value-uncommitted"
    case batchInvalid = "batch-invalid"
    case catalogueInvalid = "catalogue-invalid"
    case configurationInvalid = "configuration-invalid"
    case fileExists = "file-exists"
    case lockFileInvalid = "lock-file-invalid"

    // What was asked for
    case versionInvalid = "version-invalid"
    case usage = "usage"
    case versionUnknown = "version-unknown"
    case migrationUnknown = "migration-unknown"
    case runUnknown = "run-unknown"
    case backupUnknown = "backup-unknown"
    case codeUnknown = "code-unknown"
    case schemaDocumentInvalid = "schema-document-invalid"
    case testFileInvalid = "test-file-invalid"
    case analyticsFileInvalid = "analytics-file-invalid"

    // Scheduling
    case timeInvalid = "time-invalid"
    case timeZoneUnknown = "time-zone-unknown"
    case timeSkipped = "time-skipped"
    case timeTwice = "time-twice"
    case timePast = "time-past"
    case windowNeverComes = "window-never-comes"
    case scheduleOverlap = "schedule-overlap"
    case scheduleUnknown = "schedule-unknown"
    case scheduleSettled = "schedule-settled"
    case scheduleMissed = "schedule-missed"
    case notConfirmed = "not-confirmed"

    // Drift
    case appliedChanged = "applied-changed"
    case appliedMissing = "applied-missing"
    case commentsChanged = "comments-changed"
    case dependencyChanged = "dependency-changed"
    case downDiverged = "down-diverged"
    case historyContradictsJournal = "history-contradicts-journal"
    case schemaDrift = "schema-drift"
    case schemaNotRestored = "schema-not-restored"
    case schemaUnrecorded = "schema-unrecorded"
    case lockedFileChanged = "locked-file-changed"
    case lockedFileMissing = "locked-file-missing"
    case fileNotLocked = "file-not-locked"
    case lockedOrderChanged = "locked-order-changed"
    case lockFileMissing = "lock-file-missing"

    // Refusals
    case lateMigration = "late-migration"
    case noUpgradePath = "no-upgrade-path"
    case dependedUpon = "depended-upon"
    case irreversible = "irreversible"
    case applicationIncompatible = "application-incompatible"
    case breakingChange = "breaking-change"
    case confirmationNeeded = "confirmation-needed"
    case insufficientPrivilege = "insufficient-privilege"
    case readOnlyServer = "read-only-server"
    case transactionPooler = "transaction-pooler"
    case tablesWithoutHistory = "tables-without-history"
    case historyExists = "history-exists"
    case registryForeign = "registry-foreign"
    case registryNewer = "registry-newer"
    case planChanged = "plan-changed"
    case unfinishedMigration = "unfinished-migration"
    case requestRepeated = "request-repeated"
    case auditUnavailable = "audit-unavailable"
    case nothingToRepair = "nothing-to-repair"
    case lintFinding = "lint-finding"
    case rehearsalNeeded = "rehearsal-needed"
    case dataIncomplete = "data-incomplete"

    // Rehearsing
    case schemaNotRepeated = "schema-not-repeated"
    case dataNotKept = "data-not-kept"
    case brokenSilently = "broken-silently"
    case assertionFailed = "assertion-failed"
    case budgetExceeded = "budget-exceeded"
    case privateServerFailed = "private-server-failed"

    // Data migrations
    case batchKeyInvalid = "batch-key-invalid"
    case verificationFailed = "verification-failed"
    case dataStopped = "data-stopped"
    case handlerUnknown = "handler-unknown"

    // Waiting
    case migrationsPending = "migrations-pending"

    // Running
    case statementFailed = "statement-failed"
    case commitFailed = "commit-failed"
    case commitUnknown = "commit-unknown"
    case partialState = "partial-state"
    case invalidIndex = "invalid-index"
    case lockBusy = "lock-busy"
    case lockTimeout = "lock-timeout"
    case lockLost = "lock-lost"
    case cannotConnect = "cannot-connect"
    case authenticationFailed = "authentication-failed"
    case connectionLost = "connection-lost"
    case interrupted = "interrupted"

    // Backups
    case backupFailed = "backup-failed"
    case backupDamaged = "backup-damaged"
    case backupToolMissing = "backup-tool-missing"
    case backupSpace = "backup-space"
    case backupFormat = "backup-format"
    case backupOfAnother = "backup-of-another"
    case restoreFailed = "restore-failed"
    case restoreOccupied = "restore-occupied"
    case restoreDiffers = "restore-differs"
    case databaseInUse = "database-in-use"

    // Ours
    case internalError = "internal-error"
}

extension DiagnosticCode {
    /// What kind of outcome a code stands for; the command line turns it into an exit code.
    public enum Outcome: Hashable, Sendable {
        /// Anything without a group of its own (exit 1).
        case failure
        /// Migrations are pending, where that was asked for (exit 2).
        case pending
        /// A migration failed and the database is unchanged by it (exit 3).
        case migrationFailed
        /// A non-transactional migration stopped midway (exit 4).
        case partial
        /// Files, history or schema do not agree (exit 5).
        case drift
        /// Another process holds a lock (exit 6).
        case lock
        /// Refused by a rule before anything was done (exit 7).
        case refused
        /// The database cannot be reached (exit 8).
        case connection
        /// The command line itself is wrong (exit 64).
        case usage
        /// A person or the system asked to stop (exit 130 or 143).
        case interrupted
    }

    public var outcome: Outcome {
        switch self {
        case .migrationsPending: .pending
        case .statementFailed, .commitFailed, .invalidIndex, .verificationFailed, .notConfirmed:
            .migrationFailed
        case .partialState, .commitUnknown: .partial
        case .appliedChanged, .appliedMissing, .commentsChanged, .dependencyChanged, .downDiverged,
            .lockedFileChanged, .lockedFileMissing, .fileNotLocked, .lockedOrderChanged,
            .lockFileMissing,
            .historyContradictsJournal, .schemaDrift, .schemaNotRestored:
            .drift
        case .lockBusy, .lockTimeout, .lockLost, .databaseInUse: .lock
        case .lateMigration, .noUpgradePath, .dependedUpon, .irreversible,
            .applicationIncompatible, .breakingChange, .confirmationNeeded,
            .insufficientPrivilege, .readOnlyServer, .transactionPooler, .tablesWithoutHistory,
            .historyExists, .registryForeign, .registryNewer, .planChanged, .unfinishedMigration,
            .backupFormat, .backupOfAnother, .restoreOccupied, .nothingToRepair,
            .requestRepeated, .auditUnavailable, .lintFinding, .rehearsalNeeded, .schemaNotRepeated,
            .dataNotKept,
            .brokenSilently, .assertionFailed, .budgetExceeded, .dataIncomplete, .dataStopped,
            .handlerUnknown,
            .timeSkipped, .timePast, .windowNeverComes, .scheduleOverlap, .scheduleSettled:
            .refused
        case .cannotConnect, .authenticationFailed, .connectionLost: .connection
        case .versionInvalid, .usage, .timeInvalid, .timeZoneUnknown: .usage
        case .interrupted: .interrupted
        default: .failure
        }
    }
}
