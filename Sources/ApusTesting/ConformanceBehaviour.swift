public import Testing

extension DriverConformance {
    /// One thing that every driver does, by the sentence that says it.
    public enum Behaviour: String, Hashable, Sendable, CaseIterable, CustomTestStringConvertible {
        // Registry
        case readingCreatesNothing = "reading an empty database creates nothing"
        case tablesAreCounted = "tables without a registry are counted (F59)"
        case registryIsMadeOnce = "eight sessions at once make one registry (F19)"
        case foreignRegistryIsLeftAlone =
            "a foreign registry is recognised and never written to (F60)"
        case newerRegistryIsRefused = "the registry of a later Apus is refused"

        // Steps in a transaction
        case upIsRecorded = "an up step runs its statements and is recorded"
        case downIsRecorded = "a down step runs its statements and removes the row"
        case statementsAreReported = "each statement is reported when it starts and when it ends"
        case failureLeavesNothing = "a failing statement leaves nothing (F10)"
        case failureIsLocated = "a failing statement is named, with the position in it"
        case failedDownKeepsTheMigration = "a failing down step leaves the migration applied (F61)"
        case appliedTwiceIsFenced =
            "a migration that another process applied is refused by its row (F16)"
        case undoneTwiceIsFenced = "a migration that another process undid is not undone again"
        case embeddedCommitFails = "a COMMIT that came past the parser is a failure (F34)"
        case cancellingEndsAStatement = "cancelling ends a long statement and rolls back (F9)"
        case timeoutEndsAStatement = "a statement that exceeds its limit fails and is rolled back"
        case sessionIsReset = "settings and temporary objects do not reach the next migration (F37)"

        // Several steps at once
        case stretchIsTaken = "several steps are taken in their order, each recorded with itself"
        case stretchStopsAtFailure =
            "a failing statement of any of several steps leaves those before it, and nothing behind it"
        case stretchKeepsSessionsApart =
            "settings and temporary objects do not reach the next of several steps (F37)"
        case stretchIsCancelled = "cancelling in the midst of several steps leaves none half (F9)"
        case stretchIsFenced =
            "of several steps one that another process applied is refused by its row (F16)"

        // History
        case historyKeepsOrder = "the history keeps the order of applying"
        case historyKeepsEveryField = "the history gives back every field as it was written"
        case largeFileKeepsItsDown = "of a large file the down section alone is kept"
        case baselineRunsNothing = "a baseline is recorded and not run"
        case baselineIsWhole = "of several steps all are recorded or none"

        // Lock
        case lockExcludes = "two sessions exclude each other, and the second is told of the first"
        case lockIsHandedOver = "a lock that is given back goes to the session that waits"
        case lockGoesWithItsSession = "a lock goes with its session (F7)"
        case unlockWithoutLockThrows = "giving back a lock that is not held throws (F17)"
        case cancellingEndsTheWait = "cancelling ends the wait for the lock"
        case lockIsSeen = "the lock can be looked at without being taken"

        // Health
        case newDatabaseIsHealthy = "a new database is healthy, and looking makes nothing"
        case tablesAreMeasured = "tables are told with their size, without Apus's own"
        case strayRowsAreFound = "rows of a run that is not there are found"

        // Steps without a transaction
        case sequentialStepIsRecorded = "a no-transaction step is recorded when it is through"
        case sequentialStepStopsMidway =
            "a no-transaction step that fails midway is unfinished (F6)"
        case sequentialStepFailsAtOnce = "a no-transaction step that did nothing is not unfinished"
        case sequentialStepResumes = "an unfinished step resumes at the statement that failed (F33)"
        case unfinishedStepIsUndone = "the down section of an unfinished migration can be run"
        case unfinishedStepIsSettled = "settling removes the trace of an unfinished step"

        // Repairs
        case editIsAccepted = "an accepted edit replaces what the file determines, and that alone"
        case markedAppliedRunsNothing = "what is marked as applied is recorded and not run"
        case markedRevertedRunsNothing =
            "what is marked as reverted loses its row and keeps its tables"
        case repairsAreFenced = "a repair of what another process has undone is refused"
        case openRunsAreKnown = "the history names the runs that have no end"

        // Runs
        case runsAreListed = "runs are listed newest first"
        case journalTellsOfFailures = "the journal of a run tells of what failed"
        case stepLocksAreKept = "what the steps of a run waited for and held is kept"
        case openRunsAreClosed = "a run that never ended is closed as interrupted"
        case backupIsNoted = "a backup is noted beside its run"
        case plannedStepsAreKept = "the steps of a run's plan are kept for those who watch it"
        case journalOfAMigrationIsRead = "each time that a migration was taken is listed"
        case activityTellsOfTheLock =
            "another session sees who holds the lock, and when nobody does"

        // Audit
        case auditIsKept = "the audit keeps intents and outcomes, and needs a registry (W12)"
        case auditKeyIsUsedOnce = "a key is used once (W11)"

        // Schedule
        case scheduleIsKept = "what is scheduled is given back as it was written, the newest first"
        case scheduleChangesFromItsState =
            "an entry of the schedule changes only from a named state"
        case scheduleIsClaimedOnce = "of eight sessions that claim an entry at once, one gets it"

        // Schema
        case schemaIsRead =
            "the schema is read without Apus's own tables, and reading it creates nothing"
        case schemaIsRecorded = "what a run and a migration left of the schema is kept"
        case undoingForgetsLaterSchemas = "undoing a migration forgets what later ones left"
        case onlyEffectsForgetSchemas =
            "a run without a schema leaves the last one known, unless something of it took effect"
        case oldRegistryIsUpgraded =
            "a registry of version 1 is read as it is, and upgraded under the lock"
        case schemaSurvivesARoundTrip = "up, down and up again gives an equal schema"

        case lockIsConfirmed = "a lock is confirmed while it is held, and not afterwards (F74)"

        // Copies
        case backupReadsBack = "a backup holds every row and reads back"
        case damagedBackupIsDetected = "a damaged backup is detected (F65)"
        case schemaScriptRecreates = "the schema script makes the same schema in an empty database"

        // Restoring
        case restoredIsComplete = "a restored backup has the history, the runs and the rows"
        case restoreRefusesOccupied = "a restore refuses a database that is not empty (F67)"
        case unfinishedRestoreIsKnown = "what a dead restore left is recognised, and removed"
        case exchangeGivesTheName = "an exchange gives the name, and keeps what had it"
        case exchangeWaitsForOthers = "an exchange is refused while others use the database"

        // Analytics
        case measurementsAreRead =
            "what runs, steps and backups took is told, without what ran nothing"

        // Rehearsing
        case rehearsalIsRecorded = "a rehearsal that passed is remembered, the newest first"
        case rehearsalDatabaseIsItsOwn =
            "a rehearsal's database is empty, opens like any other, and is removed"
        case deadRehearsalIsCleared =
            "what a dead rehearsal left is removed, and what a living one has is not"
        case tablesAreDigested = "a changed value changes the digest of its column, and no other"
        case testsAreAsked = "a test's query gives its first rows, and writes nothing"

        // Data migrations
        case batchesPassEveryKey = "batches pass every key once, in order, and note each"
        case batchesTakeSeveralColumns = "a key of several columns of any type is passed in order"
        case batchIsWholeOrNothing = "a batch that fails leaves its rows and its note as they were"
        case batchesStop = "a data migration that was paused does no batch until it is resumed"
        case batchKeyIsChecked = "a key that is not unique, or may be NULL, is refused"
        case batchKeyTypeIsWatched = "a key whose type changes under way ends the data migration"
        case batchesAreDoneOnce = "two sessions that work on one data migration share its batches"
        case batchesAreClaimed = "one session at a time has the right to work on a data migration"
        case undoingForgetsBatches = "undoing a data migration forgets how far it came"
        case undoneBatchesAreMeasured =
            "what the batches of a data migration came to is told after it was undone"

        public var testDescription: String { rawValue }
    }
}
