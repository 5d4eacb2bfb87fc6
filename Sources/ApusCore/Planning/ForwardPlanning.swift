/// Planning of `migrate`: what is pending, in order, as far as the upgrade path allows.
struct ForwardPlanning {
    let goal: Goal
    let input: PlanInput

    func plan() throws(Diagnostics) -> Plan {
        try checkRegistry()
        let graph = try DependencyGraph(migrations: input.migrations, history: input.history)
        let drift = Drift.findings(migrations: input.migrations, history: input.history)
        let errors = drift.filter { $0.severity == .error }
        if !errors.isEmpty { throw Diagnostics(errors) }
        try checkFloors()

        let files = Dictionary(uniqueKeysWithValues: input.migrations.map { ($0.id, $0) })
        let applied = Set(input.history.applied.map(\.id))
        let pending = graph.order.filter { !applied.contains($0) && files[$0] != nil }
        var selected = try select(pending)
        try checkOrder(selected, graph)

        let from = input.databaseVersion
        var path: [SemanticVersion] = []
        var stop: SemanticVersion?
        if let highest = selected.map(\.version).max(), from.map({ highest > $0 }) ?? true {
            do throws(Diagnostic) {
                let route = try input.catalogue.route(
                    from: from, to: highest, known: input.knownVersions)
                path = route.versions
                stop = route.stop
            } catch {
                throw Diagnostics([error])
            }
            if let stop { selected = selected.filter { $0.version <= stop } }
        }
        try checkDependencies(selected, applied, graph)

        let steps = try selected.map { (id) throws(Diagnostics) in
            try step(for: files[id]!, graph)
        }
        let to = PlanInput.databaseVersion(
            files: files.keys, applied: applied.union(selected))
        try checkApplication(steps)
        let left = Set(selected)
        return Plan(
            goal: goal, steps: steps, from: from, to: to, path: path, stop: stop,
            breakingChanges: to.map { input.catalogue.breakingChanges(after: from, through: $0) } ?? [],
            remaining: pending.filter { !left.contains($0) },
            warnings: drift + futureTimestamps(selected, files))
    }

    private func checkRegistry() throws(Diagnostics) {
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

    private func select(_ pending: [MigrationID]) throws(Diagnostics) -> [MigrationID] {
        guard case .upTo(let limit) = goal else { return pending }
        guard input.knownVersions.contains(limit) else { throw Planner.unknown(limit, input) }
        return pending.filter { $0.version <= limit }
    }

    /// A pending migration that comes before an applied one is never run silently.
    private func checkOrder(
        _ selected: [MigrationID], _ graph: DependencyGraph
    ) throws(Diagnostics) {
        guard !input.options.allowsOutOfOrder,
            let last = input.history.applied.map(\.id).max(by: {
                (graph.position($0) ?? 0) < (graph.position($1) ?? 0)
            }), let lastPosition = graph.position(last)
        else { return }
        let late = selected.filter { graph.position($0)! < lastPosition }
        if late.isEmpty { return }
        throw Diagnostics(
            late.map { id in
                Diagnostic(
                    .lateMigration,
                    "\(id.title) is pending, but \(last.title), which comes after it, is already applied",
                    details: ["pending: \(id.fileName)", "applied: \(last.fileName)"],
                    help: [
                        "give it a later version or timestamp, or accept it as it is: apus migrate --allow-out-of-order"
                    ])
            })
    }

    /// What a file declares as its floor must be what the catalogue declares.
    private func checkFloors() throws(Diagnostics) {
        let problems = input.migrations.compactMap { migration -> Diagnostic? in
            guard let own = migration.minimumApplication,
                let listed = input.catalogue.release(migration.id.version)?.minimumApplication,
                own != listed
            else { return nil }
            return Diagnostic(
                .catalogueInvalid,
                "\(migration.id.title) declares minimum-application \(own), the catalogue says \(listed) for release \(migration.id.version)",
                at: SourceLocation(file: migration.source.path, line: 1),
                help: ["make the directive and the catalogue agree"])
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }

    /// Nothing that is run may need something that is neither applied nor run before it.
    private func checkDependencies(
        _ selected: [MigrationID], _ applied: Set<MigrationID>, _ graph: DependencyGraph
    ) throws(Diagnostics) {
        let chosen = Set(selected)
        let problems = selected.flatMap { id in
            (graph.declared[id] ?? []).filter { !applied.contains($0) && !chosen.contains($0) }
                .map { needed in
                    Diagnostic(
                        .dependencyMissing,
                        "\(id.title) depends on \(needed.title), which this plan leaves pending",
                        help: ["migrate further: apus migrate \(needed.version)"])
                }
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }

    private func step(
        for migration: Migration, _ graph: DependencyGraph
    ) throws(Diagnostics) -> Step {
        var step = Step(
            id: migration.id, direction: .up, origin: .file, script: migration.up,
            source: migration.source,
            record: Planner.record(of: migration, graph: graph, catalogue: input.catalogue))
        for unfinished in input.history.unfinished where unfinished.id == migration.id {
            guard unfinished.direction == .up, unfinished.meaning == migration.up.meaning,
                migration.up.transaction == .none
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
    private func checkApplication(_ steps: [Step]) throws(Diagnostics) {
        guard let application = input.application else { return }
        let problems = steps.compactMap { step -> Diagnostic? in
            guard let floor = step.record?.minimumApplication, application < floor else { return nil }
            return Diagnostic(
                .applicationIncompatible,
                "\(step.id.title) needs application \(floor) or later; this application is \(application)",
                help: [
                    "deploy application \(floor) first, or say which one will run: apus migrate --application \(floor)"
                ])
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
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
