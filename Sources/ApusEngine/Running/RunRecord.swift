public import ApusCore

/// What a run is for.
public enum RunKind: String, Hashable, Sendable, CaseIterable {
    case migrate, rollback, baseline, repair, backup, restore
}

/// A run as the database is told of it when it begins.
public struct RunStart: Hashable, Sendable {
    public var kind: RunKind
    /// The sentence that says what the run does.
    public var summary: String
    public var planDigest: Checksum
    public var from: SemanticVersion?
    public var to: SemanticVersion?
    public var steps: Int
    /// The operating system's user and host, `ana@laptop`.
    public var startedBy: String
    public var applicationVersion: SemanticVersion?
    /// The Apus that runs.
    public var toolVersion: String
    /// The steps of the plan, for those who watch.
    public var plan: [PlannedStep]

    public init(
        kind: RunKind, summary: String, planDigest: Checksum, from: SemanticVersion?,
        to: SemanticVersion?, steps: Int, startedBy: String,
        applicationVersion: SemanticVersion?, toolVersion: String, plan: [PlannedStep] = []
    ) {
        self.kind = kind
        self.summary = summary
        self.planDigest = planDigest
        self.from = from
        self.to = to
        self.steps = steps
        self.startedBy = startedBy
        self.applicationVersion = applicationVersion
        self.toolVersion = toolVersion
        self.plan = plan
    }
}

/// How a run ended, for its row.
public struct RunEnd: Hashable, Sendable {
    public var status: RunStatus
    /// The diagnostic's code and message, where the run failed.
    public var failureCode: DiagnosticCode?
    public var failureMessage: String?
    /// The schema as the run left it; `nil` where it could not be read.
    public var schema: SchemaSnapshot?
    /// The migration that left it so, where the last thing that the run did was to apply one.
    public var schemaMigration: MigrationID?
    /// What the steps waited for and held, of those that did.
    public var locks: [StepLocks]

    public init(
        status: RunStatus, failureCode: DiagnosticCode? = nil, failureMessage: String? = nil,
        schema: SchemaSnapshot? = nil, schemaMigration: MigrationID? = nil,
        locks: [StepLocks] = []
    ) {
        self.status = status
        self.failureCode = failureCode
        self.failureMessage = failureMessage
        self.schema = schema
        self.schemaMigration = schemaMigration
        self.locks = locks
    }
}

public enum RunStatus: String, Hashable, Sendable, CaseIterable {
    case running, succeeded, failed
    /// Its process went away; a later run found it open.
    case interrupted
}

/// A run as the database remembers it.
public struct RunRecord: Hashable, Sendable {
    public var id: RunID
    /// As stored; a later Apus may know more kinds than this one.
    public var kind: String
    public var status: RunStatus
    public var summary: String
    /// Of the plan that it performs; `nil` where it cannot be read.
    public var planDigest: Checksum?
    /// The steps of its plan; `nil` in listings, and where the registry does not keep them.
    public var plan: [PlannedStep]?
    public var from: SemanticVersion?
    public var to: SemanticVersion?
    public var startedAt: Timestamp
    public var endedAt: Timestamp?
    public var startedBy: String
    public var databaseUser: String
    public var toolVersion: String
    public var failureCode: String?
    public var failureMessage: String?
    public var backupName: String?
    /// The digest of the schema that it left, where it ended in order.
    public var schemaDigest: Checksum?
    /// Empty in listings.
    public var journal: [JournalEntry]
    /// What its steps waited for and held; empty in listings, and while it goes on.
    public var locks: [StepLocks] = []

    public init(
        id: RunID, kind: String, status: RunStatus, summary: String, from: SemanticVersion?,
        to: SemanticVersion?, startedAt: Timestamp, endedAt: Timestamp?, startedBy: String,
        databaseUser: String, toolVersion: String, failureCode: String?, failureMessage: String?,
        backupName: String?, schemaDigest: Checksum? = nil, journal: [JournalEntry] = []
    ) {
        self.id = id
        self.kind = kind
        self.status = status
        self.summary = summary
        self.from = from
        self.to = to
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.startedBy = startedBy
        self.databaseUser = databaseUser
        self.toolVersion = toolVersion
        self.failureCode = failureCode
        self.failureMessage = failureMessage
        self.backupName = backupName
        self.schemaDigest = schemaDigest
        self.journal = journal
    }
}

/// One line of a run's journal: a step and how far it came.
public struct JournalEntry: Hashable, Sendable {
    public enum Status: String, Hashable, Sendable, CaseIterable {
        /// Written before the first statement of a non-transactional step.
        case started
        case done
        case failed
        /// An unfinished step that was settled by hand or by a rollback.
        case settled
    }

    public var migration: MigrationID
    public var direction: Direction
    public var status: Status
    public var statementsDone: Int
    public var statementCount: Int
    public var startedAt: Timestamp
    public var duration: Duration?
    public var message: String?

    public init(
        migration: MigrationID, direction: Direction, status: Status, statementsDone: Int,
        statementCount: Int, startedAt: Timestamp, duration: Duration?, message: String?
    ) {
        self.migration = migration
        self.direction = direction
        self.status = status
        self.statementsDone = statementsDone
        self.statementCount = statementCount
        self.startedAt = startedAt
        self.duration = duration
        self.message = message
    }
}
