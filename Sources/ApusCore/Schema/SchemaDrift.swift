/// What the schema says about a database that was changed past Apus.
public enum SchemaDrift {
    /// How many lines a diagnostic lists before it counts the rest.
    private static let limit = 20
    /// The same of a run, behind which nobody can ask for the rest.
    private static let lastLimit = 1000

    /// The difference between what a run left and what is there now, as one diagnostic; `nil` where
    /// there is none.
    public static func finding(
        _ difference: SchemaDifference, since run: RunID, severity: Diagnostic.Severity = .error,
        recordedOn: String, liveOn: String
    ) -> Diagnostic? {
        guard !difference.isEmpty else { return nil }
        return Diagnostic(
            .schemaDrift,
            "the schema was changed since run \(run), and not by Apus: \(counted(difference))",
            severity: severity,
            details: listed(difference, severity == .warning ? lastLimit : limit)
                + upgrade(recordedOn, liveOn),
            // A run records what it finds: behind its warning there is nothing to compare any more.
            help: (severity == .warning ? [] : ["see all of it: apus schema diff"])
                + ["write the change as a migration, or take it back by hand"])
    }

    /// The schema differs, and what it was is not known any more.
    public static func unnamed(
        since run: RunID, severity: Diagnostic.Severity = .error
    ) -> Diagnostic {
        Diagnostic(
            .schemaDrift,
            "the schema was changed since run \(run), and not by Apus; what it was is not kept any more",
            severity: severity, help: ["look at it: apus schema show"])
    }

    /// A rollback came back to a version, and not to its schema.
    public static func notRestored(
        _ migration: MigrationID, _ difference: SchemaDifference?
    ) -> Diagnostic {
        let what = difference.map { ": \(counted($0))" } ?? ""
        return Diagnostic(
            .schemaNotRestored,
            "the schema is not what \(migration.title) left when it was applied\(what)",
            severity: .warning,
            details: difference.map { listed($0, limit) } ?? [],
            help: [
                "correct the down section that was run, so that it takes back all of its up section",
                "or, if it was changed by hand since, write that as a migration: apus schema show",
            ])
    }

    private static func counted(_ difference: SchemaDifference) -> String {
        let count = difference.lines.count
        return count == 1 ? "1 difference" : "\(count) differences"
    }

    private static func listed(_ difference: SchemaDifference, _ limit: Int) -> [String] {
        let lines = difference.lines
        guard lines.count > limit else { return lines }
        return lines.prefix(limit - 1) + ["… and \(lines.count - limit + 1) more"]
    }

    /// Servers of different releases write one expression in different ways.
    private static func upgrade(_ recordedOn: String, _ liveOn: String) -> [String] {
        guard recordedOn != liveOn else { return [] }
        return ["recorded on \(recordedOn), now \(liveOn): the upgrade may have changed texts"]
    }
}
