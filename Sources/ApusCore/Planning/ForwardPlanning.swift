/// Planning of `migrate`: what is pending, in order, as far as the upgrade path allows.
struct ForwardPlanning {
    private let goal: Goal
    private let input: PlanInput
    private let halfApplied: [UnfinishedStep]

    init(goal: Goal, input: PlanInput) {
        self.goal = goal
        self.input = input
        halfApplied = input.history.halfApplied
    }

    func plan() throws(Diagnostics) -> Plan {
        try checkRegistry()
        try checkUndone()
        let graph = try DependencyGraph(migrations: input.migrations, history: input.history)
        let drift = Drift.findings(migrations: input.migrations, history: input.history)
        let errors = drift.filter { $0.severity == .error }
        if !errors.isEmpty { throw Diagnostics(errors) }
        let floors = ApplicationFloors(input.catalogue)
        try floors.check(input.migrations)

        let files = input.files
        let applied = Set(input.history.applied.map(\.id))
        let pending = graph.order.filter { !applied.contains($0) && files[$0] != nil }
        var selected = try select(pending)
        try checkOrder(selected, graph)

        let from = input.databaseVersion
        let route = try route(from: from, selected)
        if let route {
            let contradictions = PathContradictions(
                from: from, route: route, to: selected.map(\.version).max(), input.catalogue)
            try contradictions.check(selected, pending: Set(pending), files, graph)
        }
        // Whoever names a version asks for all of the way, also for what comes behind a stop.
        if case .upTo = goal { try checkApplication(selected, files, floors) }
        if let stop = route?.stop { selected = selected.filter { $0.version <= stop } }
        let needs = DataRequirements(input, graph)
        let wait = try needs.firstWait(in: selected, files)
        if let wait { selected = Array(selected.prefix { $0 != wait.id }) }
        if let wait, selected.isEmpty { throw Diagnostics([wait.refusal]) }
        try Planner.checkDependencies(of: selected, applied: applied, graph: graph)
        try checkUnfinished(selected)

        let steps = try selected.map { (id) throws(Diagnostics) in
            try step(for: files[id]!, graph, floors)
        }
        let to = PlanInput.databaseVersion(files: files.keys, applied: applied.union(selected))
        try checkApplication(selected, files, floors)
        let isWhole = selected.count == pending.count
        let taken = isWhole ? [] : Set(selected)
        let remaining = isWhole ? [] : pending.filter { !taken.contains($0) && isWanted($0) }
        return Plan(
            goal: goal, steps: steps, from: from, to: to, path: route?.versions ?? [],
            stop: route?.stop,
            breakingChanges: to.map { input.catalogue.breakingChanges(after: from, through: $0) }
                ?? [],
            remaining: remaining,
            warnings: drift + futureTimestamps(selected, files) + enumValueUses(steps)
                + (wait.map { [$0.notice] } ?? []))
    }

    /// The way over the declared upgrade paths; `nil` where the plan leads no higher.
    private func route(
        from: SemanticVersion?, _ selected: [MigrationID]
    ) throws(Diagnostics) -> UpgradeRoute? {
        guard let highest = selected.map(\.version).max(), from.map({ highest > $0 }) ?? true
        else { return nil }
        do throws(Diagnostic) {
            return try input.catalogue.route(from: from, to: highest, known: input.knownVersions)
        } catch {
            throw Diagnostics([error])
        }
    }

    func checkRegistry() throws(Diagnostics) {
        guard case .absent(let tables) = input.history.registry, tables > 0 else { return }
        throw Diagnostics([
            Diagnostic(
                .tablesWithoutHistory,
                "the database has \(tables) \(tables == 1 ? "table" : "tables") and no history: Apus cannot know which migrations it has had",
                help: [
                    "if the tables are what migrations up to V make: apus baseline V",
                    "if they belong to no migration: apus baseline 0.0.0",
                    "to write them down as the first migration: apus create-initial",
                ])
        ])
    }

    /// Whether it lies on the way to the version that was asked for, or to the target.
    private func isWanted(_ id: MigrationID) -> Bool {
        guard let target = input.options.targetVersion else { return true }
        if case .upTo(let version) = goal, id.version <= version { return true }
        return id.version <= target
    }

    private func select(_ pending: [MigrationID]) throws(Diagnostics) -> [MigrationID] {
        let limit: SemanticVersion? =
            if case .upTo(let version) = goal { version } else { input.options.targetVersion }
        guard let limit else { return pending }
        guard input.knownVersions.contains(limit) else { throw Planner.unknown(limit, input) }
        return pending.filter { $0.version <= limit }
    }

    /// A pending migration that something applied needs is never run silently.
    private func checkOrder(
        _ selected: [MigrationID], _ graph: DependencyGraph
    ) throws(Diagnostics) {
        guard !input.options.allowsOutOfOrder else { return }
        let late = LateMigrations(graph, history: input.history)
        let begun = Set(halfApplied.map(\.id))
        let problems = selected.compactMap { id -> Diagnostic? in
            let way = late.way(to: id)
            guard let last = way.first else { return nil }
            let state = begun.contains(last) ? "begun" : "applied"
            let relation = graph.declared[last] == nil ? "comes after" : "depends on"
            return Diagnostic(
                .lateMigration,
                "\(id.title) is pending, but \(last.title), which \(relation) it, is already \(state)",
                details: ["pending: \(id.fileName)", "\(state): \(last.fileName)"]
                    + (way.count > 2 ? graph.reasons(along: way) : []),
                help: [
                    graph.declared[last] == nil
                        ? "give it a version above that one, or accept it as it is: apus migrate --allow-out-of-order"
                        : "accept it as it is: apus migrate --allow-out-of-order"
                ])
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }

    /// A migration that is half undone is neither there nor gone: nothing may be built on it.
    private func checkUndone() throws(Diagnostics) {
        let problems = input.history.halfUndone.map { unfinished in
            Diagnostic(
                .unfinishedMigration,
                "the rollback of \(unfinished.id.title) stopped after statement \(unfinished.statementsDone) of \(unfinished.statementCount): it has to be finished first",
                details: ["run: apus runs show \(unfinished.run)"],
                help: ["finish it: apus repair resume"])
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }

    /// A plan does not pass by a migration that is half applied.
    private func checkUnfinished(_ selected: [MigrationID]) throws(Diagnostics) {
        guard !halfApplied.isEmpty else { return }
        let chosen = Set(selected)
        let files = Set(input.migrations.map(\.id))
        let problems = halfApplied.filter { !chosen.contains($0.id) }.map { unfinished in
            let isThere = files.contains(unfinished.id)
            return Diagnostic(
                .unfinishedMigration,
                "\(unfinished.id.title) stopped after statement \(unfinished.statementsDone) of \(unfinished.statementCount), and \(isThere ? "this plan leaves it so" : "its file is gone")",
                details: ["run: apus runs show \(unfinished.run)"],
                help: isThere
                    ? [
                        "finish it: apus migrate \(unfinished.id.version)",
                        "or take back what was done: apus rollback \(unfinished.id.version)",
                    ]
                    : [
                        "put the file \(unfinished.id.fileName) back: apus migrate",
                        "if nothing of it is left in the database: apus repair mark-reverted \(unfinished.id.reference)",
                    ])
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }

    func step(
        for migration: Migration, _ graph: DependencyGraph, _ floors: ApplicationFloors
    ) throws(Diagnostics) -> Step {
        var step = Step(
            id: migration.id, direction: .up, origin: .file, script: migration.up,
            source: migration.source,
            record: Planner.record(of: migration, graph: graph, floors: floors))
        step.leavesBatches = input.options.leavesBatches && !migration.up.batches.isEmpty
        if let unfinished = halfApplied.first(where: { $0.id == migration.id }) {
            guard unfinished.meaning == migration.up.meaning, migration.up.transaction == .none
            else { throw Diagnostics([Self.cannotResume(unfinished)]) }
            step.firstStatement = min(unfinished.statementsDone, migration.up.statementCount)
            step.settles = unfinished
        }
        return step
    }

    private static func cannotResume(_ unfinished: UnfinishedStep) -> Diagnostic {
        Diagnostic(
            .unfinishedMigration,
            "\(unfinished.id.title) stopped after statement \(unfinished.statementsDone) of \(unfinished.statementCount), and its file has changed since: it cannot be resumed",
            details: ["run: apus runs show \(unfinished.run)"],
            help: [
                "put the file back as it was and resume: apus migrate",
                "or take back what was done, then mend the file: apus rollback \(unfinished.id.version)",
            ])
    }

    /// Migrating past what the running application can work with is refused.
    func checkApplication(
        _ ids: [MigrationID], _ files: [MigrationID: Migration], _ floors: ApplicationFloors
    ) throws(Diagnostics) {
        guard let application = input.application else { return }
        let problems = ids.compactMap { id -> Diagnostic? in
            guard let floor = files[id].flatMap(floors.floor), application < floor else {
                return nil
            }
            return Diagnostic(
                .applicationIncompatible,
                "\(id.title) needs application \(floor) or later; this application is \(application)",
                help: [
                    "deploy application \(floor) first, or say which one will run: apus migrate --application \(floor)"
                ])
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }

    /// What the server would refuse midway is said before anything runs.
    private func enumValueUses(_ steps: [Step]) -> [Diagnostic] {
        steps.compactMap { step in
            EnumValueUse(in: step.script, of: step.source)?.diagnostic(step.id, step.source)
        }
    }

    private func futureTimestamps(
        _ selected: [MigrationID], _ files: [MigrationID: Migration]
    ) -> [Diagnostic] {
        guard let now = input.options.now else { return [] }
        return selected.filter { $0.timestamp > now }.map { id in
            Diagnostic(
                .futureTimestamp, "\(id.title) carries a timestamp in the future (\(id.timestamp))",
                severity: .notice, at: SourceLocation(file: files[id]!.source.path, line: 1))
        }
    }
}
