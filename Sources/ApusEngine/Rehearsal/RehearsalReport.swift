public import ApusCore

/// What a rehearsal found out.
public struct RehearsalReport: Sendable {
    public var start: Start
    /// Where the database for it was: `a database of its own on the same server`.
    public var place: String
    /// The database version at the start; `nil` for an empty database.
    public var from: SemanticVersion?
    /// The version that was to be reached.
    public var to: SemanticVersion?
    /// Of the first plan of the way: where no stop is required on it, of the whole.
    public var planDigest: Checksum
    /// In order; those behind a failure were not reached.
    public var migrations: [MigrationRehearsal] = []
    /// Migrations behind a failure, which were not begun.
    public var notReached: [MigrationID] = []
    public var assertions: [AssertionOutcome] = []
    /// Everything that speaks against the plan, and everything that is worth knowing.
    public var findings: [Diagnostic] = []
    /// How far the way went.
    public var way: RehearsedWay
    /// What making and filling the database took.
    public var preparation: Duration
    public var duration: Duration
    /// Databases of dead rehearsals that were removed.
    public var cleared: [String]
    /// Whether the database that this is for knows of it, so that the gate may open.
    public var isRecorded = false

    /// What it began with.
    public enum Start: Hashable, Sendable {
        case nothing
        case backup(name: String, takenAt: String)
    }

    /// Whether nothing speaks against the plan.
    public var passed: Bool {
        notReached.isEmpty && !findings.contains { $0.severity == .error }
    }
}

/// One migration: up, down, and up again.
public struct MigrationRehearsal: Sendable {
    public var id: MigrationID
    /// Why it cannot be undone; it was only applied then.
    public var irreversibleReason: String?
    public var steps: [RehearsedStep] = []
    /// How the schema after undoing it differs from the one before; `nil` where it was not compared.
    public var afterDown: SchemaDifference?
    /// How the schema after the second time differs from that after the first.
    public var afterUpAgain: SchemaDifference?
    /// What became of the data that were there before, once it was applied and undone.
    public var dataChanges: [DataChange] = []
    /// How many tables and rows were compared for that.
    public var tables = 0
    public var rows: Int64 = 0
    public var findings: [Diagnostic] = []

    public init(id: MigrationID, irreversibleReason: String? = nil) {
        self.id = id
        self.irreversibleReason = irreversibleReason
    }

    public var passed: Bool { !findings.contains { $0.severity == .error } }
}

/// One step as it was rehearsed.
public struct RehearsedStep: Sendable {
    public enum Phase: String, Hashable, Sendable, CaseIterable {
        case up, down
        case upAgain = "up-again"

        /// `up`, `down`, `up again`
        public var words: String { self == .upAgain ? "up again" : rawValue }
    }

    public var phase: Phase
    public var duration: Duration
    public var statementsRun: Int
    public var isDone: Bool
    /// The locks that it held; `nil` where they were not measured.
    public var locks: [MeasuredLock]?
    /// Whether the database tells of locks, and yet not of this step's: it has no transaction.
    public var hasUnreadLocks: Bool

    public init(
        phase: Phase, duration: Duration, statementsRun: Int, isDone: Bool,
        locks: [MeasuredLock]? = nil, hasUnreadLocks: Bool = false
    ) {
        self.phase = phase
        self.duration = duration
        self.statementsRun = statementsRun
        self.isDone = isDone
        self.locks = locks
        self.hasUnreadLocks = hasUnreadLocks
    }
}

/// What one of the user's assertions came to.
public struct AssertionOutcome: Sendable {
    public var version: SemanticVersion
    /// The test file, as diagnostics name it.
    public var file: String
    public var line: Int
    public var name: String
    /// The first rows that should not be there, and how many there are; `nil` where the query itself
    /// failed.
    public var rows: QueryRows?
    public var duration: Duration
    public var failure: Diagnostic?

    public var passed: Bool { failure == nil }
}

/// What happens while something is rehearsed, in order.
public enum RehearsalEvent: Sendable {
    /// What an earlier rehearsal that died had left was removed.
    case cleared([String])
    case verifying(BackupProgress)
    case making
    case loading(bytes: Int64, expected: Int64?)
    /// The database is there; how many migrations will be rehearsed is known with the plan.
    case made(place: String)
    case planned(Plan)
    case stepStarted(MigrationID, RehearsedStep.Phase)
    case step(MigrationID, StepEvent)
    case rehearsed(MigrationRehearsal)
    case asserted(AssertionOutcome)
    case removing
}
