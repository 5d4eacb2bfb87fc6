/// What judges migrations before they run: `apus lint` as a value, for whoever shows findings and does
/// not need the grammar that they are found with.
public struct MigrationReview: Sendable {
    /// What a look at a folder brought.
    public struct Outcome: Sendable {
        /// In the order of the files and of their lines.
        public var findings: [Diagnostic]
        /// How many migrations were examined.
        public var migrations: Int
        public var statements: Int
        /// How many of the statements could not be parsed, so that nothing is known of them.
        public var notExamined: Int

        public init(
            findings: [Diagnostic] = [], migrations: Int = 0, statements: Int = 0,
            notExamined: Int = 0
        ) {
            self.findings = findings
            self.migrations = migrations
            self.statements = statements
            self.notExamined = notExamined
        }
    }

    private let judge: @Sendable ([Migration], Set<MigrationID>, DatabaseStatistics?) -> Outcome

    public init(
        judge:
            @escaping @Sendable (
                _ folder: [Migration], _ plan: Set<MigrationID>, _ statistics: DatabaseStatistics?
            ) -> Outcome
    ) {
        self.judge = judge
    }

    /// Judges the migrations of a plan, whose folder's other migrations say what the schema is.
    ///
    /// - Parameters:
    ///   - folder: All migrations of one folder, in order.
    ///   - plan: Those that are run together: what they make is known to be empty.
    ///   - statistics: The target's tables, where they are known.
    public func outcome(
        of folder: [Migration], plan: Set<MigrationID>, statistics: DatabaseStatistics?
    ) -> Outcome {
        plan.isEmpty ? Outcome() : judge(folder, plan, statistics)
    }
}
