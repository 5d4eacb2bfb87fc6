/// How far one batched statement of a data migration has come.
public struct DataMigrationProgress: Hashable, Sendable {
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Somebody works on it, or should.
        case open
        /// Nobody works on it until it is resumed.
        case paused
        /// Given up: it can only be resumed, or rolled back.
        case cancelled
        /// A batch failed, or its verification did; what was done before stays.
        case failed
        case done
    }

    public var migration: MigrationID
    /// Its index in the up section.
    public var statement: Int
    /// Of the up section that was begun.
    public var meaning: Checksum
    public var state: State
    /// The key of the last row that is done; `nil`: none yet.
    public var lastKey: [String]?
    /// How many rows the next batch has.
    public var size: Int
    public var batchesDone: Int64
    /// Keys that were passed, not rows that a statement changed.
    public var rowsDone: Int64
    /// Of the table when it was begun; `nil` where nobody knows.
    public var rowsExpected: Int64?
    /// The time spent in batches.
    public var busy: Duration
    public var run: RunID
    public var startedAt: Timestamp
    public var changedAt: Timestamp
    /// Why it failed.
    public var message: String?

    public init(
        migration: MigrationID, statement: Int, meaning: Checksum, state: State = .open,
        lastKey: [String]? = nil, size: Int, batchesDone: Int64 = 0, rowsDone: Int64 = 0,
        rowsExpected: Int64? = nil, busy: Duration = .zero, run: RunID, startedAt: Timestamp,
        changedAt: Timestamp, message: String? = nil
    ) {
        self.migration = migration
        self.statement = statement
        self.meaning = meaning
        self.state = state
        self.lastKey = lastKey
        self.size = size
        self.batchesDone = batchesDone
        self.rowsDone = rowsDone
        self.rowsExpected = rowsExpected
        self.busy = busy
        self.run = run
        self.startedAt = startedAt
        self.changedAt = changedAt
        self.message = message
    }

    /// As it is behind one more batch.
    package func behind(
        batchOf rows: Int, lastKey: [String], took: Duration, at now: Timestamp,
        _ pace: BatchPace
    ) -> DataMigrationProgress {
        var next = self
        next.size = pace.size(after: size, rows: rows, took: took)
        next.lastKey = lastKey
        next.rowsDone += Int64(rows)
        next.batchesDone += 1
        next.busy += took
        next.changedAt = now
        return next
    }

    /// Rows a second, while batches go on; `nil` before the first.
    public var rate: Double? {
        let seconds = busy / .seconds(1)
        return rowsDone > 0 && seconds > 0 ? Double(rowsDone) / seconds : nil
    }

    /// 0 to 1; `nil` where nobody knows how many rows there are. Below 1 until it is done: the table may
    /// have grown.
    public var fraction: Double? {
        if state == .done { return 1 }
        guard let rowsExpected, rowsExpected > 0 else { return nil }
        return min(0.999, Double(rowsDone) / Double(rowsExpected))
    }

    /// How long the rest takes at this rate.
    public var remaining: Duration? {
        guard state != .done, let rate, let rowsExpected, rowsExpected > rowsDone else {
            return nil
        }
        return .seconds(Double(rowsExpected - rowsDone) / rate)
    }
}
