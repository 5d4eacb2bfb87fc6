/// Decides which steps lead from a history to a goal. Pure: no clock, no files, no database.
public enum Planner {
    /// The plan for a goal, or everything that stands against it.
    public static func plan(_ goal: Goal, for input: PlanInput) throws(Diagnostics) -> Plan {
        switch goal {
        case .latest, .upTo: try ForwardPlanning(goal: goal, input: input).plan()
        case .baseline(let version): try BaselinePlanning(version: version, input: input).plan()
        case .undo, .downTo, .undoLast: try BackwardPlanning(goal: goal, input: input).plan()
        case .acceptEdit(let id): try RepairPlanning(input).acceptingEdit(of: id)
        case .markApplied(let id): try RepairPlanning(input).markingApplied(id)
        case .markReverted(let id): try RepairPlanning(input).markingReverted(id)
        case .resume: try RepairPlanning(input).resuming()
        }
    }

    /// A version that nobody knows, with the nearest ones that are.
    static func unknown(_ version: SemanticVersion, _ input: PlanInput) -> Diagnostics {
        let known = input.knownVersions.map(\.description)
        let nearest = Suggestion.nearest(to: version.description, in: known)
        let listed = known.suffix(20).joined(separator: ", ")
        return Diagnostics([
            Diagnostic(
                .versionUnknown, "there is no migration of version \(version)",
                hint: nearest.map { "did you mean \($0)?" },
                details: known.isEmpty
                    ? [] : ["versions: \(known.count > 20 ? "…, " : "")\(listed)"])
        ])
    }

    /// The part of a history row that a file determines.
    static func record(
        of migration: Migration, graph: DependencyGraph, floors: ApplicationFloors
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
            minimumApplication: floors.floor(of: migration),
            irreversibleReason: migration.irreversibleReason)
    }

    /// Nothing that is taken up may need something that is neither applied nor taken up with it.
    static func checkDependencies(
        of selected: [MigrationID], applied: Set<MigrationID>, graph: DependencyGraph
    ) throws(Diagnostics) {
        let there = applied.union(selected)
        let problems = selected.flatMap { id in
            (graph.declared[id] ?? []).filter { !there.contains($0) }.map { needed in
                leftPending(needed, by: id, there, graph)
            }
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }

    /// What is left pending may need more in its turn: the help leads to where all of it is there.
    private static func leftPending(
        _ needed: MigrationID, by id: MigrationID, _ there: Set<MigrationID>,
        _ graph: DependencyGraph
    ) -> Diagnostic {
        let reach = DependencyReach(from: [needed], in: graph)
        let furthest = reach.reached.last { !there.contains($0) } ?? needed
        let way = [id] + reach.way(to: furthest)
        return Diagnostic(
            .dependencyMissing,
            "\(id.title) depends on \(needed.title), which this plan leaves pending",
            details: way.count > 2 ? graph.reasons(along: way) : [],
            help: ["migrate further: apus migrate \(furthest.version)"])
    }
}
