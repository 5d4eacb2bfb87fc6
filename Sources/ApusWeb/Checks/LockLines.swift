import ApusCore
import ApusEngine

/// What each step of a plan will lock, in lines for people.
enum LockLines {
    /// `nil` where the host passed nothing that predicts. `statistics` are those that a review of the plan has
    /// asked for.
    static func of(
        _ outlook: Outlook, _ statistics: DatabaseStatistics?, _ migrator: Migrator, _ site: Site
    ) async -> [[String]]? {
        guard let preview = site.configuration.plannedLocks else { return nil }
        var statistics = statistics
        if statistics == nil, migrator.driver.engine == .postgres {
            // Without the tables' sizes the lines say less, and what they say is true: so an error
            // ends nothing.
            statistics = try? await migrator.statistics()
        }
        return preview.lines(
            of: outlook.plan, after: outlook.applied, on: outlook.facts.product,
            statistics: statistics)
    }

    /// Those of one step of the plan; `nil` where they are not predicted.
    static func ofStep(_ index: Int, in lines: [[String]]?) -> [String]? {
        lines.flatMap { $0.indices.contains(index) ? $0[index] : nil }
    }
}
