extension Rule {
    /// Every rule, in the order of the names within each group.
    public static let all: [Rule] = [
        // PostgreSQL
        .columnTypeRewrite,
        .constraintWithoutNotValid,
        .dropColumnLosesData,
        .dropTableLosesData,
        .enumValueUsedInSameTransaction,
        .indexWithoutConcurrently,
        .notNullWithoutValidatedCheck,
        .renameBreaksApplication,
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
