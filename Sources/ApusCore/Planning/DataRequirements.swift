/// Which migrations have to wait because a data migration before them is not complete.
struct DataRequirements {
    let input: PlanInput
    let graph: DependencyGraph

    init(_ input: PlanInput, _ graph: DependencyGraph) {
        self.input = input
        self.graph = graph
    }

    /// A migration that cannot be applied yet, and what it waits for.
    struct Wait {
        var id: MigrationID
        var dataMigration: MigrationID
        /// Of what was begun; `nil` where it would be begun by the same plan.
        var progress: DataMigrationProgress?

        var notice: Diagnostic {
            var notice = diagnostic
            notice.severity = .notice
            return notice
        }

        var refusal: Diagnostic { diagnostic }

        private var diagnostic: Diagnostic {
            let state: String
            let help: String
            switch progress?.state {
            case nil: help = "run both in the foreground: apus migrate"
            case .open: help = "complete it: apus work, then apus migrate"
            case .paused, .cancelled, .failed, .done:
                help =
                    "go on with it: apus data resume \(dataMigration.version)/\(dataMigration.name), then apus work, then apus migrate"
            }
            switch progress {
            case nil: state = "and this run leaves its batches to the background"
            case let progress?:
                let share = progress.fraction.map { ", \(Int($0 * 100)) % done" } ?? ""
                state =
                    "which is \(progress.state == .open ? "under way" : progress.state.rawValue)\(share)"
            }
            return Diagnostic(
                .dataIncomplete,
                "\(id.title) requires the data migration \(dataMigration.title), \(state)",
                help: [help])
        }
    }

    /// The first of the selected migrations that has to wait.
    ///
    /// - Parameter files: The folder's migrations by their ids.
    func firstWait(
        in selected: [MigrationID], _ files: [MigrationID: Migration]
    ) throws(Diagnostics) -> Wait? {
        // Mostly none requires anything, and there may be thousands.
        guard input.migrations.contains(where: { $0.requiresComplete != nil }) else { return nil }
        var earlier: Set<MigrationID> = []
        // What is half applied is finished by this plan, unless its batches are left.
        let halfApplied = Set(input.history.halfApplied.map(\.id))
        let incomplete = Dictionary(
            input.history.incomplete.map { ($0.migration, $0) },
            uniquingKeysWith: { first, _ in first })
        for id in selected {
            defer { earlier.insert(id) }
            guard let file = files[id], let requirement = file.requiresComplete else { continue }
            let open = Set(incomplete.keys).filter {
                !halfApplied.contains($0) || input.options.leavesBatches
            }
            let begun =
                input.options.leavesBatches
                ? earlier.filter { !(files[$0]?.up.batches.isEmpty ?? true) } : []
            let needed = try self.needed(
                requirement, of: file, before: id, among: open.union(begun), files)
            if let first = needed.min() {
                return Wait(id: id, dataMigration: first, progress: incomplete[first])
            }
        }
        return nil
    }

    /// Which of the data migrations that are not complete a migration asks for.
    private func needed(
        _ requirement: Migration.Dependencies, of file: Migration, before id: MigrationID,
        among open: Set<MigrationID>, _ files: [MigrationID: Migration]
    ) throws(Diagnostics) -> Set<MigrationID> {
        guard case .declared(let references) = requirement else { return open.filter { $0 < id } }
        let known = Set(input.migrations.map(\.id)).union(input.history.applied.map(\.id))
        var problems: [Diagnostic] = []
        var needed: Set<MigrationID> = []
        for reference in references {
            let matches = known.filter { reference.matches($0) }
            if matches.isEmpty {
                let names = known.sorted().flatMap(Migration.Reference.names)
                problems.append(
                    Diagnostic(
                        .dependencyMissing,
                        "\(file.id.title) requires \"\(reference.text)\" to be complete, which is no migration here",
                        at: reference.location,
                        hint: Suggestion.nearest(to: reference.text, in: names).map {
                            "did you mean \"\($0)\"?"
                        }))
            }
            // Whoever waits for something else believes what is not so.
            let found = matches.compactMap { files[$0] }
            if let other = found.first, found.count == matches.count,
                found.allSatisfy({ $0.up.batches.isEmpty })
            {
                problems.append(
                    Diagnostic(
                        .dependencyMissing,
                        "\(file.id.title) requires \"\(reference.text)\" to be complete, and \(other.id.title) has no batches: it is complete once it is applied",
                        at: reference.location,
                        help: [
                            "name the migration that has the batches, or say -- apus: depends-on \(reference.text)"
                        ]))
            }
            needed.formUnion(matches.intersection(open))
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
        return needed
    }
}
