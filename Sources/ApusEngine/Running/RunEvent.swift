public import ApusCore

/// What happens while a run goes on, in order.
public enum RunEvent: Sendable {
    case waitingForRunLock(LockHolder?, waited: Duration)
    case runStarted(RunID, Plan)
    case backupStarted(name: String)
    case backupProgress(BackupProgress)
    case backupFinished(BackupRecord)
    /// Old backups were removed after a new one, as the settings ask for.
    case backupsPruned(Pruning)
    /// They could not be; the run is none the worse for it.
    case pruningFailed(Diagnostic)
    case stepStarted(MigrationID, Direction, index: Int, of: Int)
    case step(MigrationID, StepEvent)
    case stepFinished(StepOutcome)
    case runEnded(Report)
}

/// What happens inside one step.
public enum StepEvent: Sendable {
    /// `index` counts from 0.
    case statementStarted(index: Int, of: Int)
    /// `rows` as the server counts them, where it does.
    case statementFinished(index: Int, of: Int, duration: Duration, rows: Int64?)
    /// What the database tells of a long statement; `fraction` is 0 to 1 where it is known.
    case progress(phase: String, fraction: Double?)
    case waitingForLock(LockHolder?, waited: Duration)
    /// A wait for a lock is over, whether the lock came or not. Of PostgreSQL never more than it was:
    /// its beginning is the server's, its end was seen by a look, and what ended before the first look
    /// is not told.
    case waitedForLock(LockHolder?, Duration)
    /// The lock timed out; the step is tried again after a pause outside any transaction.
    case retrying(attempt: Int, after: Duration)
    /// An index that a broken concurrent build left invalid is dropped before building it again.
    case droppedInvalidIndex(String)
    /// A batch of a data migration is done.
    case batch(DataMigrationProgress)
    /// The next batch waits, and why.
    case throttled(String)
    /// The server's NOTICE or WARNING.
    case notice(String)
}

/// How one step ended.
public struct StepOutcome: Sendable {
    public enum Status: Sendable {
        case done
        case failed(StepFailure)
    }

    public var id: MigrationID
    public var direction: Direction
    public var action: Step.Action
    public var status: Status
    public var startedAt: Timestamp
    public var duration: Duration
    public var statementsRun: Int
    /// The locks that it held, in the order of its statements; `nil` where they were not traced.
    public var locks: [MeasuredLock]?

    public init(
        id: MigrationID, direction: Direction, action: Step.Action, status: Status,
        startedAt: Timestamp, duration: Duration, statementsRun: Int, locks: [MeasuredLock]? = nil
    ) {
        self.id = id
        self.direction = direction
        self.action = action
        self.status = status
        self.startedAt = startedAt
        self.duration = duration
        self.statementsRun = statementsRun
        self.locks = locks
    }

    public var failure: StepFailure? {
        if case .failed(let failure) = status { failure } else { nil }
    }
}

/// Why a step failed, at which statement, and what it left.
public struct StepFailure: Sendable {
    public enum Effect: Hashable, Sendable {
        /// Rolled back, or never begun: the database is as it was before the step.
        case unchanged
        /// Not transactional: that many statements are done and stay.
        case partial(statementsDone: Int)
        /// The connection went away and could not be had again to ask.
        case unknown
    }

    public var error: DatabaseError
    /// From 0; `nil` where no statement is at fault (BEGIN, the history row, COMMIT).
    public var statementIndex: Int?
    public var statement: Statement?
    public var effect: Effect

    public init(
        error: DatabaseError, statementIndex: Int? = nil, statement: Statement? = nil,
        effect: Effect
    ) {
        self.error = error
        self.statementIndex = statementIndex
        self.statement = statement
        self.effect = effect
    }
}
