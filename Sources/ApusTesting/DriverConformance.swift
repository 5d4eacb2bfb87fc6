public import ApusEngine

/// The suite that every driver passes.
///
/// A driver's own test target runs each behaviour as one test:
///
/// ```swift
/// @Test(.timeLimit(.minutes(5)), arguments: DriverConformance.Behaviour.allCases)
/// func `the driver conforms`(_ behaviour: DriverConformance.Behaviour) async throws {
///     try await DriverConformance.check(
///         behaviour,
///         makeDriver: { try await MyDriver(database: newEmptyDatabase()) },
///         query: { driver, sql in try await firstValue(of: sql, in: driver.database) })
/// }
/// ```
public enum DriverConformance {
    /// Checks one behaviour; what is wrong is recorded as issues of the running test.
    ///
    /// - Parameters:
    ///   - makeDriver: gives a driver to another new, empty database each time.
    ///   - query: runs one statement in the driver's database without Apus, and returns the first
    ///     value of the first row as text, `nil` where no row comes back. A driver that keeps no
    ///     data gives none, and only its records are checked.
    public static func check<D: Driver>(
        _ behaviour: Behaviour,
        makeDriver: @escaping @Sendable () async throws -> D,
        query: (@Sendable (D, String) async throws -> String?)?
    ) async throws {
        let bench = ConformanceBench(
            driver: try await makeDriver(), makeDriver: makeDriver, query: query)
        try await bench.check(behaviour)
    }
}

extension ConformanceBench {
    func check(_ behaviour: DriverConformance.Behaviour) async throws {
        switch behaviour {
        case .readingCreatesNothing: try await readingCreatesNothing()
        case .tablesAreCounted: try await tablesAreCounted()
        case .registryIsMadeOnce: try await registryIsMadeOnce()
        case .foreignRegistryIsLeftAlone: try await foreignRegistryIsLeftAlone()
        case .newerRegistryIsRefused: try await newerRegistryIsRefused()
        case .upIsRecorded: try await upIsRecorded()
        case .downIsRecorded: try await downIsRecorded()
        case .statementsAreReported: try await statementsAreReported()
        case .failureLeavesNothing: try await failureLeavesNothing()
        case .failureIsLocated: try await failureIsLocated()
        case .failedDownKeepsTheMigration: try await failedDownKeepsTheMigration()
        case .appliedTwiceIsFenced: try await appliedTwiceIsFenced()
        case .undoneTwiceIsFenced: try await undoneTwiceIsFenced()
        case .embeddedCommitFails: try await embeddedCommitFails()
        case .cancellingEndsAStatement: try await cancellingEndsAStatement()
        case .timeoutEndsAStatement: try await timeoutEndsAStatement()
        case .sessionIsReset: try await sessionIsReset()
        case .stretchIsTaken: try await stretchIsTaken()
        case .stretchStopsAtFailure: try await stretchStopsAtFailure()
        case .stretchKeepsSessionsApart: try await stretchKeepsSessionsApart()
        case .stretchIsCancelled: try await stretchIsCancelled()
        case .stretchIsFenced: try await stretchIsFenced()
        case .historyKeepsOrder: try await historyKeepsOrder()
        case .historyKeepsEveryField: try await historyKeepsEveryField()
        case .largeFileKeepsItsDown: try await largeFileKeepsItsDown()
        case .baselineRunsNothing: try await baselineRunsNothing()
        case .baselineIsWhole: try await baselineIsWhole()
        case .lockExcludes: try await lockExcludes()
        case .lockIsHandedOver: try await lockIsHandedOver()
        case .lockGoesWithItsSession: try await lockGoesWithItsSession()
        case .unlockWithoutLockThrows: try await unlockWithoutLockThrows()
        case .cancellingEndsTheWait: try await cancellingEndsTheWait()
        case .lockIsSeen: try await lockIsSeen()
        case .tablesAreMeasured: try await tablesAreMeasured()
        case .newDatabaseIsHealthy: try await newDatabaseIsHealthy()
        case .strayRowsAreFound: try await strayRowsAreFound()
        case .sequentialStepIsRecorded: try await sequentialStepIsRecorded()
        case .sequentialStepStopsMidway: try await sequentialStepStopsMidway()
        case .sequentialStepFailsAtOnce: try await sequentialStepFailsAtOnce()
        case .sequentialStepResumes: try await sequentialStepResumes()
        case .unfinishedStepIsUndone: try await unfinishedStepIsUndone()
        case .unfinishedStepIsSettled: try await unfinishedStepIsSettled()
        case .editIsAccepted: try await editIsAccepted()
        case .markedAppliedRunsNothing: try await markedAppliedRunsNothing()
        case .markedRevertedRunsNothing: try await markedRevertedRunsNothing()
        case .repairsAreFenced: try await repairsAreFenced()
        case .openRunsAreKnown: try await openRunsAreKnown()
        case .runsAreListed: try await runsAreListed()
        case .journalTellsOfFailures: try await journalTellsOfFailures()
        case .stepLocksAreKept: try await stepLocksAreKept()
        case .openRunsAreClosed: try await openRunsAreClosed()
        case .backupIsNoted: try await backupIsNoted()
        case .plannedStepsAreKept: try await plannedStepsAreKept()
        case .journalOfAMigrationIsRead: try await journalOfAMigrationIsRead()
        case .activityTellsOfTheLock: try await activityTellsOfTheLock()
        case .auditIsKept: try await auditIsKept()
        case .auditKeyIsUsedOnce: try await auditKeyIsUsedOnce()
        case .schemaIsRead: try await schemaIsRead()
        case .schemaIsRecorded: try await schemaIsRecorded()
        case .undoingForgetsLaterSchemas: try await undoingForgetsLaterSchemas()
        case .onlyEffectsForgetSchemas: try await onlyEffectsForgetSchemas()
        case .oldRegistryIsUpgraded: try await oldRegistryIsUpgraded()
        case .schemaSurvivesARoundTrip: try await schemaSurvivesARoundTrip()
        case .lockIsConfirmed: try await lockIsConfirmed()
        case .restoredIsComplete: try await restoredIsComplete()
        case .restoreRefusesOccupied: try await restoreRefusesOccupied()
        case .unfinishedRestoreIsKnown: try await unfinishedRestoreIsKnown()
        case .exchangeGivesTheName: try await exchangeGivesTheName()
        case .exchangeWaitsForOthers: try await exchangeWaitsForOthers()
        case .backupReadsBack: try await backupReadsBack()
        case .damagedBackupIsDetected: try await damagedBackupIsDetected()
        case .schemaScriptRecreates: try await schemaScriptRecreates()
        case .measurementsAreRead: try await measurementsAreRead()
        case .scheduleIsKept: try await scheduleIsKept()
        case .scheduleChangesFromItsState: try await scheduleChangesFromItsState()
        case .scheduleIsClaimedOnce: try await scheduleIsClaimedOnce()
        case .rehearsalIsRecorded: try await rehearsalIsRecorded()
        case .rehearsalDatabaseIsItsOwn: try await rehearsalDatabaseIsItsOwn()
        case .deadRehearsalIsCleared: try await deadRehearsalIsCleared()
        case .tablesAreDigested: try await tablesAreDigested()
        case .testsAreAsked: try await testsAreAsked()
        case .batchesPassEveryKey: try await batchesPassEveryKey()
        case .batchesTakeSeveralColumns: try await batchesTakeSeveralColumns()
        case .batchIsWholeOrNothing: try await batchIsWholeOrNothing()
        case .batchesStop: try await batchesStop()
        case .batchKeyIsChecked: try await batchKeyIsChecked()
        case .batchKeyTypeIsWatched: try await batchKeyTypeIsWatched()
        case .batchesAreDoneOnce: try await batchesAreDoneOnce()
        case .batchesAreClaimed: try await batchesAreClaimed()
        case .undoingForgetsBatches: try await undoingForgetsBatches()
        case .undoneBatchesAreMeasured: try await undoneBatchesAreMeasured()
        }
    }
}
