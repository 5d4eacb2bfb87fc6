/// What the runs, steps and backups of one database took, row by row, as its registry keeps it.
public struct Measurements: Hashable, Sendable {
    public struct Run: Hashable, Sendable {
        public var id: RunID
        /// As stored; a later Apus may know more kinds and states than this one.
        public var kind: String
        public var status: String
        public var startedAt: Timestamp
        /// `nil` while it goes on, and where its process went away.
        public var endedAt: Timestamp?
        public var failureCode: String?

        public init(
            id: RunID, kind: String, status: String, startedAt: Timestamp, endedAt: Timestamp?,
            failureCode: String?
        ) {
            self.id = id
            self.kind = kind
            self.status = status
            self.startedAt = startedAt
            self.endedAt = endedAt
            self.failureCode = failureCode
        }
    }

    /// A step that ran to its end, or failed.
    public struct Step: Hashable, Sendable {
        public var run: RunID
        public var migration: MigrationID
        public var direction: Direction
        public var hasSucceeded: Bool
        /// When it came to its end.
        public var endedAt: Timestamp
        public var duration: Duration
        /// Whether its batches were left to the background: then they are not in its duration.
        public var leftBatches: Bool

        public init(
            run: RunID, migration: MigrationID, direction: Direction, hasSucceeded: Bool,
            endedAt: Timestamp, duration: Duration, leftBatches: Bool = false
        ) {
            self.run = run
            self.migration = migration
            self.direction = direction
            self.hasSucceeded = hasSucceeded
            self.endedAt = endedAt
            self.duration = duration
            self.leftBatches = leftBatches
        }
    }

    public struct Backup: Hashable, Sendable {
        public var takenAt: Timestamp
        public var duration: Duration
        public var bytes: Int64

        public init(takenAt: Timestamp, duration: Duration, bytes: Int64) {
            self.takenAt = takenAt
            self.duration = duration
            self.bytes = bytes
        }
    }

    /// A step that waited for locks of others, or was tried again because of one.
    public struct LockWait: Hashable, Sendable {
        public var run: RunID
        public var migration: MigrationID
        public var direction: Direction
        /// In all its attempts, without the pauses between them.
        public var waited: Duration
        /// How often it was tried again.
        public var retries: Int
        /// Who was seen last to hold the lock; `nil` where the database does not tell.
        public var holder: String?

        public init(
            run: RunID, migration: MigrationID, direction: Direction, waited: Duration,
            retries: Int, holder: String?
        ) {
            self.run = run
            self.migration = migration
            self.direction = direction
            self.waited = waited
            self.retries = retries
            self.holder = holder
        }
    }

    /// What one batched statement came to before its migration was taken back.
    public struct UndoneBatches: Hashable, Sendable {
        public var migration: MigrationID
        /// Its index in the up section.
        public var statement: Int
        /// The state that it was in.
        public var state: DataMigrationProgress.State
        public var rows: Int64
        /// The time spent in batches.
        public var busy: Duration
        /// The run that had begun it.
        public var run: RunID

        public init(
            migration: MigrationID, statement: Int, state: DataMigrationProgress.State,
            rows: Int64, busy: Duration, run: RunID
        ) {
            self.migration = migration
            self.statement = statement
            self.state = state
            self.rows = rows
            self.busy = busy
            self.run = run
        }
    }

    /// In the order of their numbers.
    public var runs: [Run]
    /// In the order in which they were journaled; without those that only recorded something.
    public var steps: [Step]
    /// In the order in which they were taken.
    public var backups: [Backup]
    /// In the order of the runs.
    public var lockWaits: [LockWait]
    /// In the order of their beginning.
    public var dataMigrations: [DataMigrationProgress]
    /// In the order in which they were taken back.
    public var undoneBatches: [UndoneBatches]

    public init(
        runs: [Run] = [], steps: [Step] = [], backups: [Backup] = [], lockWaits: [LockWait] = [],
        dataMigrations: [DataMigrationProgress] = [], undoneBatches: [UndoneBatches] = []
    ) {
        self.runs = runs
        self.steps = steps
        self.backups = backups
        self.lockWaits = lockWaits
        self.dataMigrations = dataMigrations
        self.undoneBatches = undoneBatches
    }
}
