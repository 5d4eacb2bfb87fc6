public import ApusCore

/// One batched statement, with all that a session needs to do the next batch of it.
public struct BatchWork: Sendable {
    public var migration: MigrationID
    /// Its index in the up section.
    public var statement: Int
    /// Of the whole up section.
    public var meaning: Checksum
    public var clause: BatchClause
    public var template: BatchStatement
    /// The run that began it.
    public var run: RunID
    /// How long a statement waits for a lock. Zero: no limit.
    public var lockTimeout: Duration
    /// How long a batch's statement may take. Zero: no limit.
    public var statementTimeout: Duration
    /// What is given the statement's rows, where the clause names a handler.
    public var handler: (any DataMigration)?

    public init(
        migration: MigrationID, statement: Int, meaning: Checksum, clause: BatchClause,
        template: BatchStatement, run: RunID, lockTimeout: Duration = .seconds(5),
        statementTimeout: Duration = .zero, handler: (any DataMigration)? = nil
    ) {
        self.migration = migration
        self.statement = statement
        self.meaning = meaning
        self.clause = clause
        self.template = template
        self.run = run
        self.lockTimeout = lockTimeout
        self.statementTimeout = statementTimeout
        self.handler = handler
    }
}

/// What one batch came to.
public struct BatchOutcome: Sendable {
    /// As it is committed.
    public var progress: DataMigrationProgress
    /// How many keys it passed; 0 where nothing was left, or where it is not open any more.
    public var rows: Int
    public var took: Duration

    public init(progress: DataMigrationProgress, rows: Int, took: Duration) {
        self.progress = progress
        self.rows = rows
        self.took = took
    }
}

/// What somebody wants to become of a data migration.
public enum DataMigrationChange: String, Hashable, Sendable, CaseIterable {
    case pause, resume, cancel

    /// The state that it leads to; `nil` where it cannot be had from that one.
    public func state(
        from state: DataMigrationProgress.State
    ) -> DataMigrationProgress.State? {
        switch (self, state) {
        case (_, .done): nil
        case (.pause, .open), (.pause, .paused): .paused
        case (.cancel, _): .cancelled
        case (.resume, _): .open
        case (.pause, _): nil
        }
    }
}
