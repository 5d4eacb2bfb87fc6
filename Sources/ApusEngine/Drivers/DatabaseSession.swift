public import ApusCore

/// One connection to one database.
///
/// The calls of one run come in this order: `acquireLock`, `history`, `prepareRegistry`,
/// `beginRun`, `perform` for each step, `endRun`, `releaseLock`, `close`.
public protocol DatabaseSession: Sendable {
    /// What the server is and whether it can be written to. Creates nothing.
    func facts() async throws(DatabaseError) -> ServerFacts

    /// What has been applied. Creates nothing; where there is no registry, says how many tables of
    /// other people's there are. Throws `registryForeign` where tables of that name are not Apus's,
    /// `registryNewer` where a later Apus wrote them.
    ///
    /// Without `texts`, a text that is kept is `.unread`: a long history of large files is then
    /// cheap to look at.
    func history(withTexts texts: Bool) async throws(DatabaseError) -> History

    /// ``facts()``, the history without its texts and ``schedule(limit:)`` together: what most looks at a
    /// database begin with, and a database may be far away.
    func standing(scheduleLimit: Int) async throws(DatabaseError) -> DatabaseStanding

    /// The schema as it is now, without Apus's own tables. Creates nothing; gives the same for a
    /// database that was dumped and restored, or migrated up, down and up again.
    func schema() async throws(DatabaseError) -> SchemaSnapshot

    /// What the latest run that was no backup left of the schema: where it recorded nothing and nothing took
    /// effect since, what one before it left. Creates nothing.
    func recordedSchema() async throws(DatabaseError) -> RecordedSchema

    /// The schema of that digest, where the registry keeps its document: the latest run's and the
    /// two newest migrations' are kept. Creates nothing.
    func recordedSchema(_ digest: Checksum) async throws(DatabaseError) -> SchemaSnapshot?

    /// The migrations of which history and journal say opposite things. Creates nothing.
    func contradictions() async throws(DatabaseError) -> [JournalContradiction]

    /// Whether somebody holds the migration lock, without taking it. Creates nothing.
    func runLock() async throws(DatabaseError) -> RunLock

    /// How large the tables are and how much they are used, Apus's own left out. Creates nothing.
    func statistics() async throws(DatabaseError) -> DatabaseStatistics

    /// What may stand in the way of a run, looked for from every side. Creates nothing, and finds what
    /// it can where it may not see everything.
    func health() async throws(DatabaseError) -> DatabaseHealth

    /// Takes the migration lock, polling, and reports who holds it while waiting.
    ///
    /// Throws `lockBusy` after `waitingAtMost`, `transactionPooler` where a session lock cannot
    /// hold, `readOnlyServer` where nothing can be written. Cancelling the task ends the wait.
    func acquireLock(
        waitingAtMost limit: Duration, onWait: @Sendable (LockHolder?) -> Void
    ) async throws(DatabaseError)

    /// Gives the lock back. An unlock that was not held throws `lockLost`.
    func releaseLock() async throws(DatabaseError)

    /// Asks whether the lock is still held by this session, which also keeps a connection from being
    /// cut for saying nothing. Throws `lockLost`, or `connectionLost`.
    func confirmLock() async throws(DatabaseError)

    /// Creates or upgrades the registry. Only under the lock.
    func prepareRegistry() async throws(DatabaseError)

    /// Writes the row of a run that begins. Only under the lock.
    ///
    /// Runs that never ended (their process died) are closed as `interrupted` first: whoever holds
    /// the lock knows that no other run is going on.
    func beginRun(_ run: RunStart) async throws(DatabaseError) -> RunID

    /// Takes one step and records it, both or neither.
    ///
    /// - Transactional: BEGIN, timeouts, statements from `step.firstStatement` on, the history and
    ///   journal rows, COMMIT. A failing statement is rolled back.
    /// - Not transactional: an intent row first, each statement alone, its completion recorded, then
    ///   the history row.
    /// - Of an action that runs nothing (``ApusCore/Step/Action-swift.enum``), the rows alone, in one
    ///   transaction.
    ///
    /// The journal row of a step that is done holds ``ApusCore/Step/journalNote``.
    ///
    /// Whatever was unfinished of the same migration is settled with the history row.
    ///
    /// A failing statement is no thrown error but `.failed` in the outcome. Thrown are only errors
    /// that leave the session unusable before anything was done. Waits for locks are retried
    /// inside. Cancelling the task cancels the statement on the server.
    func perform(
        _ step: Step, in run: RunID, options: StepOptions,
        report: @escaping @Sendable (StepEvent) -> Void
    ) async throws(DatabaseError) -> StepOutcome

    /// Takes steps that have no ``ApusCore/Step/solitude`` and nothing between them, one behind the
    /// other: each as ``perform(_:in:options:report:)-(Step,_,_,_)`` does, whole or not at all, recorded
    /// with itself, and in a session in which nothing of the one before it is left.
    ///
    /// Returns how they ended, in their order: at least one, the last of them perhaps failed. A driver
    /// may stop after any of them, and is then asked again for the rest. `report` is told of a step's
    /// end only when nothing can undo it any more. Behind a step that failed none is begun. What is
    /// thrown is thrown before anything was done.
    func perform(
        _ steps: [Step], in run: RunID, options: StepOptions,
        report: @escaping @Sendable (StretchEvent) -> Void
    ) async throws(DatabaseError) -> [StepOutcome]

    /// Records steps as applied without running them, all of them or none: half a baseline would let
    /// the next run apply what the database has already.
    ///
    /// Throws `statementFailed` or `lockLost` where one of them is in the history. Only under the lock.
    func record(_ steps: [Step], in run: RunID) async throws(DatabaseError) -> [StepOutcome]

    /// Keeps the schema that a migration left: its digest beside the migration, its document. Only
    /// under the lock.
    func recordSchema(
        _ schema: SchemaSnapshot, after migration: MigrationID
    ) async throws(DatabaseError)

    /// Notes a verified backup beside its run.
    func recordBackup(_ backup: BackupRecord, in run: RunID?) async throws(DatabaseError)

    /// Notes a rehearsal that passed. Only under the lock.
    func recordRehearsal(_ rehearsal: RehearsalRecord) async throws(DatabaseError)

    /// The rehearsals that passed, newest first, at least the latest hundred. Empty where the registry
    /// keeps none. Creates nothing.
    func rehearsals() async throws(DatabaseError) -> [RehearsalRecord]

    /// Every data migration that was begun, in the order of their beginning, those that are done as
    /// well. Empty where the registry keeps none. Creates nothing.
    func dataMigrations() async throws(DatabaseError) -> [DataMigrationProgress]

    /// Looks at a batch's key before anything is begun.
    ///
    /// Throws `batchKeyInvalid` where there is no such table or column, or the key is not unique and
    /// NOT NULL. Creates nothing.
    func checkKey(of clause: BatchClause) async throws(DatabaseError)

    /// Begins a batched statement, or finds how far it has come.
    ///
    /// Throws `batchKeyInvalid` where the key is not unique and NOT NULL, or has other types than when
    /// it was begun.
    func beginBatches(_ work: BatchWork) async throws(DatabaseError) -> DataMigrationProgress

    /// Does the next batch: its rows' range, the statement and the note of it are one transaction, so
    /// that whatever ends it leaves both or neither. Without rows, nothing was left, or the state is
    /// not `open`.
    ///
    /// Needs no migration lock: two sessions that do batches of one data migration wait for each
    /// other. Throws `dataStopped` where there is no such data migration any more, `batchKeyInvalid`
    /// where its key has another type by now. Cancelling the task rolls the batch back.
    func performBatch(_ work: BatchWork) async throws(DatabaseError) -> BatchOutcome

    /// Notes that a batched statement is done: nothing is left, and it was verified.
    func completeBatches(
        _ migration: MigrationID, statement: Int
    ) async throws(DatabaseError)

    /// The first rows of the query that verifies a data migration, and how many there are.
    func rows(
        ofVerification query: Statement, in source: MigrationSource
    ) async throws(DatabaseError) -> QueryRows

    /// Gives the batched statements of a migration that are not done another state; gives them as they
    /// are then. Empty where there are none.
    func change(
        _ migration: MigrationID, _ change: DataMigrationChange
    ) async throws(DatabaseError) -> [DataMigrationProgress]

    /// Notes why a batched statement cannot go on.
    func failBatches(
        _ migration: MigrationID, statement: Int, message: String
    ) async throws(DatabaseError)

    /// Takes the right to work on a migration's batches, until it is given back or the session ends;
    /// false where somebody else has it.
    func claimBatches(of migration: MigrationID) async throws(DatabaseError) -> Bool

    func releaseBatches(of migration: MigrationID) async throws(DatabaseError)

    /// What the database bears just now.
    func load() async throws(DatabaseError) -> DatabaseLoad

    /// Closes the row of a run, and keeps the schema that it left and what its steps had to do with
    /// locks.
    func endRun(_ run: RunID, _ end: RunEnd) async throws(DatabaseError)

    /// The latest runs, newest first, without their journal. Empty where there is no registry.
    func runs(limit: Int) async throws(DatabaseError) -> [RunRecord]

    /// One run with its journal; `nil` where there is none of that number.
    func run(_ id: RunID) async throws(DatabaseError) -> RunRecord?

    /// What all runs, steps, backups, waits for locks and data migrations took, for analytics. Steps of baselines and others that ran
    /// nothing are left out. Empty where there is no registry. Creates nothing.
    func measurements() async throws(DatabaseError) -> Measurements

    /// The times that a migration was taken, newest first.
    func journal(
        of id: MigrationID, limit: Int
    ) async throws(DatabaseError) -> [MigrationAttempt]

    /// Writes what is about to be done, in a transaction of its own, before it is done. Throws
    /// `request-repeated` where its key was used before, `audit-unavailable` where there is no
    /// registry that could hold it.
    func recordIntent(_ intent: AuditIntent) async throws(DatabaseError) -> AuditID

    /// Writes what came of an intent: a row of its own, no row is ever changed.
    func recordOutcome(
        of intent: AuditID, _ outcome: String, run: RunID?
    ) async throws(DatabaseError)

    /// What was done, newest first; `before` goes on where an earlier listing ended.
    func audit(limit: Int, before: AuditID?) async throws(DatabaseError) -> [AuditEntry]

    /// The action that a key was used for.
    func audited(key: String) async throws(DatabaseError) -> AuditEntry?

    /// Writes what is to be run at its time, in the state `waiting`. Only under the lock, so that of
    /// two that overlap one is seen by the other.
    func addToSchedule(
        _ draft: ScheduleEntry.Draft
    ) async throws(DatabaseError) -> ScheduleID

    /// Changes an entry that is in one of the states that the change begins from, and says whether it
    /// was: of many that try the same at once, one does it. Sets when it ended, where the new state is
    /// final. Needs no lock.
    func changeSchedule(
        _ id: ScheduleID, _ change: ScheduleChange
    ) async throws(DatabaseError) -> Bool

    /// All entries that are open, and the latest `limit` whatever their state, newest first. Empty
    /// where the registry keeps none. Creates nothing.
    func schedule(limit: Int) async throws(DatabaseError) -> [ScheduleEntry]

    /// One entry; `nil` where there is none of that number. Creates nothing.
    func scheduled(_ id: ScheduleID) async throws(DatabaseError) -> ScheduleEntry?

    /// What the holder of the migration lock does right now; `nil` where the lock is free. Creates
    /// nothing and waits for nothing.
    func activity() async throws(DatabaseError) -> RunActivity?

    /// Ends the connection. Never fails; a lock still held goes with it.
    func close() async
}

extension DatabaseSession {
    public func standing(scheduleLimit: Int) async throws(DatabaseError) -> DatabaseStanding {
        DatabaseStanding(
            facts: try await facts(), history: try await history(withTexts: false),
            schedule: try await schedule(limit: scheduleLimit))
    }

    /// The whole history.
    public func history() async throws(DatabaseError) -> History {
        try await history(withTexts: true)
    }

    /// Takes the first of the steps, for drivers that gain nothing by taking several.
    public func perform(
        _ steps: [Step], in run: RunID, options: StepOptions,
        report: @escaping @Sendable (StretchEvent) -> Void
    ) async throws(DatabaseError) -> [StepOutcome] {
        [try await performFirst(of: steps, in: run, options: options, report: report)]
    }

    /// Takes the first of several steps, and tells of it as of one of them.
    package func performFirst(
        of steps: [Step], in run: RunID, options: StepOptions,
        report: @escaping @Sendable (StretchEvent) -> Void
    ) async throws(DatabaseError) -> StepOutcome {
        report(.started(0))
        let outcome = try await perform(steps[0], in: run, options: options) {
            report(.step(0, $0))
        }
        report(.finished(0, outcome))
        return outcome
    }
}

/// What a session needs to know to perform a step.
public struct StepOptions: Hashable, Sendable {
    /// How long a statement waits for a lock; a step's directive goes before it. Zero: no limit.
    public var lockTimeout: Duration
    /// How long a statement may take; a step's directive goes before it. Zero: no limit.
    public var statementTimeout: Duration
    /// How often a step whose lock timed out is tried again.
    public var lockRetries: Int
    /// SQLite: a step that leaves more violations of foreign keys than it found is rolled back. The
    /// script itself runs with `PRAGMA foreign_keys` off, unless it begins by switching them on.
    public var enforcesForeignKeys: Bool
    /// SQLite: where that is not so, a notice tells of the violations that a step leaves (a rehearsal).
    public var tellsViolations: Bool
    /// Whether the locks of a transactional step are read behind each of its statements, where the
    /// database can tell (``StepOutcome/locks``).
    public var tracesLocks: Bool

    public init(
        lockTimeout: Duration = .seconds(5), statementTimeout: Duration = .zero,
        lockRetries: Int = 10, enforcesForeignKeys: Bool = false, tellsViolations: Bool = false,
        tracesLocks: Bool = false
    ) {
        self.lockTimeout = lockTimeout
        self.statementTimeout = statementTimeout
        self.lockRetries = lockRetries
        self.enforcesForeignKeys = enforcesForeignKeys
        self.tellsViolations = tellsViolations
        self.tracesLocks = tracesLocks
    }
}
