/// What says which locks a plan will take: the forecast of `apus plan` as a value, for whoever shows it
/// and does not need the grammar that it is made with.
public struct LockPreview: Sendable {
    private let read: @Sendable (Plan, [Migration], String, DatabaseStatistics?) -> [[String]]

    public init(
        read:
            @escaping @Sendable (
                _ plan: Plan, _ applied: [Migration], _ product: String,
                _ statistics: DatabaseStatistics?
            ) -> [[String]]
    ) {
        self.read = read
    }

    /// Lines for each of the plan's steps.
    ///
    /// - Parameters:
    ///   - applied: The migrations that have run, in order: what they made is known.
    ///   - product: What serves the database: `PostgreSQL 15.8`.
    ///   - statistics: The target's tables, where they are known.
    public func lines(
        of plan: Plan, after applied: [Migration], on product: String,
        statistics: DatabaseStatistics?
    ) -> [[String]] {
        read(plan, applied, product, statistics)
    }
}
