/// Decides which steps lead from a history to a goal. Pure: no clock, no files, no database.
public enum Planner {
    /// The plan for a goal, or everything that stands against it.
    public static func plan(_ goal: Goal, for input: PlanInput) throws(Diagnostics) -> Plan {
        switch goal {
        case .latest, .upTo: try ForwardPlanning(goal: goal, input: input).plan()
        case .baseline(let version): try BaselinePlanning(version: version, input: input).plan()
        case .undo, .downTo, .undoLast: try BackwardPlanning(goal: goal, input: input).plan()
        }
    }

    /// A version that nobody knows, with the nearest ones that are.
    static func unknown(_ version: SemanticVersion, _ input: PlanInput) -> Diagnostics {
        let known = input.knownVersions.map(\.description)
        let nearest = Suggestion.nearest(to: version.description, in: known)
        return Diagnostics([
            Diagnostic(
                .versionUnknown, "there is no migration of version \(version)",
                hint: nearest.map { "did you mean \($0)?" },
                details: known.isEmpty ? [] : ["versions: \(known.joined(separator: ", "))"])
        ])
    }

    /// The part of a history row that a file determines.
    static func record(
        of migration: Migration, graph: DependencyGraph, catalogue: Catalogue
    ) -> Step.Record {
        let text: StoredText? =
            if migration.source.count <= StoredText.limit {
                .whole(migration.source.bytes(0..<migration.source.count))
            } else {
                migration.down.map {
                    .down(migration.source.bytes($0.section), transaction: $0.transaction)
                }
            }
        return Step.Record(
            checksum: migration.checksum, upMeaning: migration.up.meaning,
            downMeaning: migration.down?.meaning, text: text,
            dependencies: graph.declared[migration.id],
            minimumApplication: floor(of: migration, catalogue),
            irreversibleReason: migration.irreversibleReason)
    }

    /// The lowest application version that a migration leaves room for.
    static func floor(of migration: Migration, _ catalogue: Catalogue) -> SemanticVersion? {
        migration.minimumApplication ?? catalogue.release(migration.id.version)?.minimumApplication
    }
}
