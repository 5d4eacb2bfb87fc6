/// What one database's journal says: how long things take, what fails, how fast releases arrive.
public struct EnvironmentFigures: Hashable, Sendable {
    /// One migration in one direction.
    public struct Work: Hashable, Sendable {
        public var migration: MigrationID
        public var direction: Direction
        /// How many times it ran to its end.
        public var count: Int
        public var median: Duration
        public var longest: Duration
        public var last: Duration
        /// How many of them took more than three times the median.
        public var flagged: Int
        /// See ``DurationSeries/trend``.
        public var trend: Double?
        public var failures: Int

        package init(
            migration: MigrationID, direction: Direction, count: Int, median: Duration,
            longest: Duration, last: Duration, flagged: Int, trend: Double?, failures: Int
        ) {
            self.migration = migration
            self.direction = direction
            self.count = count
            self.median = median
            self.longest = longest
            self.last = last
            self.flagged = flagged
            self.trend = trend
            self.failures = failures
        }
    }

    /// One run that came to its end.
    public struct RunDot: Hashable, Sendable {
        public var run: RunID
        public var kind: String
        public var status: String
        public var startedAt: Timestamp
        public var duration: Duration
        /// Above three times the median of the succeeded runs of its kind.
        public var isFlagged: Bool

        package init(
            run: RunID, kind: String, status: String, startedAt: Timestamp, duration: Duration,
            isFlagged: Bool
        ) {
            self.run = run
            self.kind = kind
            self.status = status
            self.startedAt = startedAt
            self.duration = duration
            self.isFlagged = isFlagged
        }
    }

    public struct Failure: Hashable, Sendable {
        /// A diagnostic's code, as stored.
        public var code: String
        public var count: Int
        public var lastRun: RunID
        public var lastAt: Timestamp

        package init(code: String, count: Int, lastRun: RunID, lastAt: Timestamp) {
            self.code = code
            self.count = count
            self.lastRun = lastRun
            self.lastAt = lastAt
        }
    }

    public struct Backups: Hashable, Sendable {
        public var count: Int
        public var median: Duration
        public var longest: Duration
        public var lastDuration: Duration
        public var lastBytes: Int64
        public var firstBytes: Int64
        public var lastAt: Timestamp

        package init(
            count: Int, median: Duration, longest: Duration, lastDuration: Duration,
            lastBytes: Int64, firstBytes: Int64, lastAt: Timestamp
        ) {
            self.count = count
            self.median = median
            self.longest = longest
            self.lastDuration = lastDuration
            self.lastBytes = lastBytes
            self.firstBytes = firstBytes
            self.lastAt = lastAt
        }
    }

    /// When a version was whole here for the first time.
    public struct Arrival: Hashable, Sendable {
        public var version: SemanticVersion
        public var arrivedAt: Timestamp
        /// From the day of its release, as the catalogue has it, at midnight UTC; `nil` where it has none.
        public var sinceRelease: Duration?

        package init(version: SemanticVersion, arrivedAt: Timestamp, sinceRelease: Duration?) {
            self.version = version
            self.arrivedAt = arrivedAt
            self.sinceRelease = sinceRelease
        }
    }

    /// What one migration in one direction waited for locks, in all runs.
    public struct LockWaits: Hashable, Sendable {
        public var migration: MigrationID
        public var direction: Direction
        /// In how many runs it waited, or was tried again.
        public var runs: Int
        public var total: Duration
        /// In one run.
        public var longest: Duration
        public var retries: Int
        public var lastRun: RunID
        /// Who was seen last to hold a lock that it waited for.
        public var lastHolder: String?

        package init(
            migration: MigrationID, direction: Direction, runs: Int, total: Duration,
            longest: Duration, retries: Int, lastRun: RunID, lastHolder: String?
        ) {
            self.migration = migration
            self.direction = direction
            self.runs = runs
            self.total = total
            self.longest = longest
            self.retries = retries
            self.lastRun = lastRun
            self.lastHolder = lastHolder
        }
    }

    /// How fast the batches of one statement went.
    public struct DataMigrationRate: Hashable, Sendable {
        public var migration: MigrationID
        /// Its index in the up section.
        public var statement: Int
        public var state: DataMigrationProgress.State
        public var rows: Int64
        /// The time spent in batches.
        public var busy: Duration
        /// `nil` before the first batch.
        public var rowsASecond: Double?

        package init(
            migration: MigrationID, statement: Int, state: DataMigrationProgress.State,
            rows: Int64, busy: Duration, rowsASecond: Double?
        ) {
            self.migration = migration
            self.statement = statement
            self.state = state
            self.rows = rows
            self.busy = busy
            self.rowsASecond = rowsASecond
        }
    }

    public var environment: String
    public var engine: DatabaseEngine
    /// Those that ran to their end at least once, the longest median first.
    public var work: [Work]
    /// In the order of the runs.
    public var runs: [RunDot]
    /// The most frequent first.
    public var failures: [Failure]
    /// `nil` where there are none.
    public var backups: Backups?
    /// Ascending, those that were undone since as well; without what a baseline recorded.
    public var arrivals: [Arrival]
    /// Those that waited longest first.
    public var lockWaits: [LockWaits]
    /// First what was taken back, then what is there, in the order of their beginning.
    public var dataMigrations: [DataMigrationRate]

    public init(
        environment: String, engine: DatabaseEngine, work: [Work] = [], runs: [RunDot] = [],
        failures: [Failure] = [], backups: Backups? = nil, arrivals: [Arrival] = [],
        lockWaits: [LockWaits] = [], dataMigrations: [DataMigrationRate] = []
    ) {
        self.environment = environment
        self.engine = engine
        self.work = work
        self.runs = runs
        self.failures = failures
        self.backups = backups
        self.arrivals = arrivals
        self.lockWaits = lockWaits
        self.dataMigrations = dataMigrations
    }
}
