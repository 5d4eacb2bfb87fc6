extension Rule {
    /// Every rule, in the order of the names within each group.
    public static let all: [Rule] = [
        // PostgreSQL
        .attachPartitionReadsRows,
        .charOfFixedLength,
        .columnTypeRewrite,
        .constraintWithoutNotValid,
        .detachWithoutConcurrently,
        .domainConstraintReadsTables,
        .dropBreaksApplication,
        .dropCascade,
        .dropColumnLosesData,
        .dropDatabaseLosesData,
        .dropIndexWithoutConcurrently,
        .dropNotNullBreaksApplication,
        .dropTableLosesData,
        .enumValueUsedInSameTransaction,
        .exclusionConstraintReadsTable,
        .foreignKeyWithoutIndex,
        .indexWithoutConcurrently,
        .jsonInsteadOfJsonb,
        .lockTimeoutLifted,
        .notNullWithoutValidatedCheck,
        .primaryKeyTooSmall,
        .refreshWithoutConcurrently,
        .reindexWithoutConcurrently,
        .renameBreaksApplication,
        .requiredColumnWithoutDefault,
        .rowsChangedAllAtOnce,
        .rowsChangedUnderLock,
        .serialInsteadOfIdentity,
        .severalTablesLocked,
        .tableLockedByHand,
        .tableRewriteByCommand,
        .timestampWithoutTimeZone,
        .triggersSwitchedOff,
        .truncateLosesData,
        .uniqueConstraintWithoutIndex,
        .validatedInSameTransaction,
        .volatileDefaultRewrite,

        // Both engines
        .downDoesNotUndoUp,
        .irreversibleMigration,

        // SQLite
        .dropTableWithForeignKeysOn,
        .rebuildLosesObjects,

        // The linter's own
        .notExamined,
        .unknownName,
        .unusedAllowance,
    ]

    /// The rule of that name.
    public static func named(_ name: String) -> Rule? { all.first { $0.name == name } }
}
