/// What a rollback undoes, and what that would leave without its ground.
struct RollbackSelection {
    /// A migration that the database has, or half has.
    struct Entry {
        var id: MigrationID
        /// `nil` means all before it.
        var declared: Set<MigrationID>?

        var reason: String {
            declared == nil
                ? "declares nothing, so it depends on all before it" : "declares it"
        }
    }

    /// In the order of application; what is half applied began after all that is applied.
    private let entries: [Entry]
    private let input: PlanInput

    init(_ input: PlanInput) {
        self.input = input
        let applied = input.history.applied
        var entries = applied.map { Entry(id: $0.id, declared: $0.dependencies.map(Set.init)) }
        let halfApplied = input.history.halfApplied
        if !halfApplied.isEmpty {
            let files = input.files
            for unfinished in halfApplied {
                var entry = Entry(id: unfinished.id)
                if case .declared(let references)? = files[unfinished.id]?.dependencies {
                    let needed = applied.map(\.id).filter { id in
                        references.contains { $0.matches(id) }
                    }
                    entry.declared = Set(needed)
                }
                entries.append(entry)
            }
        }
        self.entries = entries
    }

    /// The migrations that a goal undoes, newest first.
    func chosen(for goal: Goal) throws(Diagnostics) -> [MigrationID] {
        let chosen: Set<MigrationID>
        switch goal {
        case .undo(let version, let cascade):
            let own = Set(ids.filter { $0.version == version })
            guard !own.isEmpty || input.knownVersions.contains(version) else {
                throw Planner.unknown(version, input)
            }
            chosen = cascade ? own.union(dependents(on: own).map(\.id)) : own
        case .downTo(let version?):
            let returnsToNothing = version == SemanticVersion(0, 0, 0)
            guard returnsToNothing || ids.contains(where: { $0.version == version }) else {
                throw notApplied(version)
            }
            chosen = Set(
                ids.filter { $0.version > version || ($0.version < version && returnsToNothing) })
        case .undoLast(let count):
            chosen = Set(ids.suffix(max(0, count)))
        case .downTo(nil), .latest, .upTo, .baseline, .acceptEdit, .markApplied, .markReverted,
            .resume:
            chosen = Set(ids)
        }
        try checkDependents(on: chosen, goal)
        return ids.reversed().filter(chosen.contains)
    }

    private var ids: [MigrationID] { entries.map(\.id) }

    /// What needs something of `chosen`, also by way of others, in the order of application.
    ///
    /// A migration that declares nothing needs what sorts before it, as far as it was there when
    /// the migration was applied. Since nothing is applied before what it needs, one pass finds all.
    func dependents(on chosen: Set<MigrationID>) -> [Entry] {
        var reach = chosen
        var lowest: MigrationID?
        var found: [Entry] = []
        for entry in entries {
            if !chosen.contains(entry.id) {
                let isDependent =
                    if let declared = entry.declared {
                        !declared.isDisjoint(with: reach)
                    } else {
                        lowest.map { $0 < entry.id } ?? false
                    }
                guard isDependent else { continue }
                found.append(entry)
                reach.insert(entry.id)
            }
            lowest = lowest.map { min($0, entry.id) } ?? entry.id
        }
        return found
    }

    private func checkDependents(
        on chosen: Set<MigrationID>, _ goal: Goal
    ) throws(Diagnostics) {
        let dependents = dependents(on: chosen)
        guard let first = dependents.first else { return }
        let needed = chosen.filter { first.declared?.contains($0) ?? ($0 < first.id) }.max()
        let all = chosen.union(dependents.map(\.id))
        let help =
            if case .undo(let version, _) = goal {
                "apus rollback \(version) --cascade"
            } else {
                "apus rollback --to \(version(below: all))"
            }
        throw Diagnostics([
            Diagnostic(
                .dependedUpon,
                dependents.count == 1
                    ? "\(first.id.title) depends on \(needed?.title ?? "it")"
                    : "\(dependents.count) applied migrations depend on \(needed?.title ?? "it")",
                details: dependents.map { "\($0.id.title) (\($0.reason))" },
                help: ["undo them as well, newest first: \(help)"])
        ])
    }

    /// The highest version that would be left if everything from the lowest of `chosen` on were
    /// undone; `0.0.0` for nothing.
    private func version(below chosen: Set<MigrationID>) -> SemanticVersion {
        let lowest = chosen.map(\.version).min()
        return ids.map(\.version).filter { version in lowest.map { version < $0 } ?? false }.max()
            ?? SemanticVersion(0, 0, 0)
    }

    private func notApplied(_ version: SemanticVersion) -> Diagnostics {
        guard input.knownVersions.contains(version) else { return Planner.unknown(version, input) }
        let titles = ids.suffix(20).map(\.title).joined(separator: ", ")
        return Diagnostics([
            Diagnostic(
                .versionUnknown,
                "\(version) is not applied, so the database cannot return to it",
                details: ["applied: \(ids.isEmpty ? "nothing" : titles)"],
                help: ["apus migrate \(version)"])
        ])
    }
}
