/// The page that `apus explain CODE` shows about one kind of diagnostic.
public struct Explanation: Hashable, Sendable {
    /// One line for the list of all codes, without a final full stop.
    public var title: String
    /// What has happened.
    public var meaning: String
    /// Why Apus stops there instead of going on.
    public var reason: String
    /// What to do: ways out, each with its command where there is one.
    public var steps: [String]

    init(_ title: String, meaning: String, reason: String, steps: [String]) {
        self.title = title
        self.meaning = meaning
        self.reason = reason
        self.steps = steps
    }
}

extension DiagnosticCode {
    /// What the code means, why it stops a command, and what can be done.
    ///
    /// The pages themselves stand in `Explanations/`, a file for each group of codes.
    public var explanation: Explanation {
        switch self {
        case .folderNotFound: .folderNotFound
        case .fileUnreadable: .fileUnreadable
        case .fileNameInvalid: .fileNameInvalid
        case .pathEscapesFolder: .pathEscapesFolder
        case .headerMismatch: .headerMismatch
        case .sectionMissing: .sectionMissing
        case .sectionDuplicate: .sectionDuplicate
        case .sectionEmpty: .sectionEmpty
        case .directiveUnknown: .directiveUnknown
        case .directiveInvalid: .directiveInvalid
        case .duplicateID: .duplicateID
        case .dependencyMissing: .dependencyMissing
        case .dependencyCycle: .dependencyCycle
        case .dependencyContradiction: .dependencyContradiction
        case .nulByte: .nulByte
        case .invalidUTF8: .invalidUTF8
        case .unterminatedToken: .unterminatedToken
        case .psqlCommand: .psqlCommand
        case .transactionControl: .transactionControl
        case .notInTransaction: .notInTransaction
        case .releasesLock: .releasesLock
        case .futureTimestamp: .futureTimestamp
        case .enumValueUncommitted: .enumValueUncommitted
        case .catalogueInvalid: .catalogueInvalid
        case .configurationInvalid: .configurationInvalid
        case .fileExists: .fileExists
        case .lockFileInvalid: .lockFileInvalid
        case .versionInvalid: .versionInvalid
        case .usage: .usage
        case .versionUnknown: .versionUnknown
        case .migrationUnknown: .migrationUnknown
        case .runUnknown: .runUnknown
        case .backupUnknown: .backupUnknown
        case .codeUnknown: .codeUnknown
        case .schemaDocumentInvalid: .schemaDocumentInvalid
        case .testFileInvalid: .testFileInvalid
        case .analyticsFileInvalid: .analyticsFileInvalid
        case .timeInvalid: .timeInvalid
        case .timeZoneUnknown: .timeZoneUnknown
        case .timeSkipped: .timeSkipped
        case .timeTwice: .timeTwice
        case .timePast: .timePast
        case .windowNeverComes: .windowNeverComes
        case .scheduleOverlap: .scheduleOverlap
        case .scheduleUnknown: .scheduleUnknown
        case .scheduleSettled: .scheduleSettled
        case .scheduleMissed: .scheduleMissed
        case .notConfirmed: .notConfirmed
        case .appliedChanged: .appliedChanged
        case .appliedMissing: .appliedMissing
        case .commentsChanged: .commentsChanged
        case .dependencyChanged: .dependencyChanged
        case .downDiverged: .downDiverged
        case .historyContradictsJournal: .historyContradictsJournal
        case .schemaDrift: .schemaDrift
        case .schemaNotRestored: .schemaNotRestored
        case .schemaUnrecorded: .schemaUnrecorded
        case .lockedFileChanged: .lockedFileChanged
        case .lockedFileMissing: .lockedFileMissing
        case .fileNotLocked: .fileNotLocked
        case .lockedOrderChanged: .lockedOrderChanged
        case .lockFileMissing: .lockFileMissing
        case .lateMigration: .lateMigration
        case .noUpgradePath: .noUpgradePath
        case .dependedUpon: .dependedUpon
        case .irreversible: .irreversible
        case .applicationIncompatible: .applicationIncompatible
        case .breakingChange: .breakingChange
        case .confirmationNeeded: .confirmationNeeded
        case .insufficientPrivilege: .insufficientPrivilege
        case .readOnlyServer: .readOnlyServer
        case .transactionPooler: .transactionPooler
        case .tablesWithoutHistory: .tablesWithoutHistory
        case .historyExists: .historyExists
        case .registryForeign: .registryForeign
        case .registryNewer: .registryNewer
        case .planChanged: .planChanged
        case .unfinishedMigration: .unfinishedMigration
        case .nothingToRepair: .nothingToRepair
        case .lintFinding: .lintFinding
        case .batchInvalid: .batchInvalid
        case .batchKeyInvalid: .batchKeyInvalid
        case .verificationFailed: .verificationFailed
        case .dataIncomplete: .dataIncomplete
        case .dataStopped: .dataStopped
        case .handlerUnknown: .handlerUnknown
        case .rehearsalNeeded: .rehearsalNeeded
        case .schemaNotRepeated: .schemaNotRepeated
        case .dataNotKept: .dataNotKept
        case .brokenSilently: .brokenSilently
        case .assertionFailed: .assertionFailed
        case .budgetExceeded: .budgetExceeded
        case .privateServerFailed: .privateServerFailed
        case .migrationsPending: .migrationsPending
        case .requestRepeated: .requestRepeated
        case .auditUnavailable: .auditUnavailable
        case .statementFailed: .statementFailed
        case .commitFailed: .commitFailed
        case .commitUnknown: .commitUnknown
        case .partialState: .partialState
        case .invalidIndex: .invalidIndex
        case .lockBusy: .lockBusy
        case .lockTimeout: .lockTimeout
        case .lockLost: .lockLost
        case .cannotConnect: .cannotConnect
        case .authenticationFailed: .authenticationFailed
        case .connectionLost: .connectionLost
        case .interrupted: .interrupted
        case .backupFailed: .backupFailed
        case .backupDamaged: .backupDamaged
        case .backupToolMissing: .backupToolMissing
        case .backupSpace: .backupSpace
        case .backupFormat: .backupFormat
        case .backupOfAnother: .backupOfAnother
        case .restoreFailed: .restoreFailed
        case .restoreOccupied: .restoreOccupied
        case .restoreDiffers: .restoreDiffers
        case .databaseInUse: .databaseInUse
        case .internalError: .internalError
        }
    }
}
