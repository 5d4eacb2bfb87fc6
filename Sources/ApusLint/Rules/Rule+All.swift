extension Rule {
    /// Every rule, in the order of the names within each group.
    public static let all: [Rule] = [
        // PostgreSQL
        .columnTypeRewrite,
        .constraintWithoutNotValid,
        .dropCascade,
        .dropColumnLosesData,
        .dropIndexWithoutConcurrently,
        .dropTableLosesData,
        .enumValueUsedInSameTransaction,
        .exclusionConstraintReadsTable,
        .indexWithoutConcurrently,
        .lockTimeoutLifted,
        .notNullWithoutValidatedCheck,
        .reindexWithoutConcurrently,
        .renameBreaksApplication,
        .requiredColumnWithoutDefault,
        .truncateLosesData,
        .uniqueConstraintWithoutIndex,
        .volatileDefaultRewrite,

        // SQLite
        .dropTableWithForeignKeysOn,

        // The linter's own
        .notExamined,
        .unknownName,
        .unusedAllowance,
    ]

    /// The rule of that name.
    public static func named(_ name: String) -> Rule? { all.first { $0.name == name } }
}
