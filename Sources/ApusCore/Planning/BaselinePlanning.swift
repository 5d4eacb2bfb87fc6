/// Planning of `baseline`: the history is written, nothing is run.
struct BaselinePlanning {
    let version: SemanticVersion
    let input: PlanInput

    func plan() throws(Diagnostics) -> Plan {
        // 0.0.0 stands for "none of the migrations", so that existing tables are accepted as they are.
        guard version == SemanticVersion(0, 0, 0) || input.knownVersions.contains(version) else {
            throw Planner.unknown(version, input)
        }
        let graph = try DependencyGraph(migrations: input.migrations, history: input.history)
        let selected = graph.order.filter { $0.version <= version }
        if isRecorded(selected) { return plan([], selected, graph) }
        guard input.history.applied.isEmpty else {
            let count = input.history.applied.count
            throw Diagnostics([
                Diagnostic(
                    .historyExists,
                    "the database already has a history of \(count) migration\(count == 1 ? "" : "s"); a baseline is for one without",
                    help: ["apus status"])
            ])
        }
        if let unfinished = input.history.halfApplied.first {
            throw Diagnostics([
                Diagnostic(
                    .unfinishedMigration,
                    "\(unfinished.id.title) stopped after statement \(unfinished.statementsDone) of \(unfinished.statementCount): a baseline is for a database without a history",
                    help: ["take back what was done: apus rollback \(unfinished.id.version)"])
            ])
        }
        let floors = ApplicationFloors(input.catalogue)
        try floors.check(input.migrations)
        try Planner.checkDependencies(of: selected, applied: [], graph: graph)
        let files = input.files
        let steps = selected.map { id in
            let migration = files[id]!
            return Step(
                id: id, direction: .up, action: .record, origin: .file, script: migration.up,
                source: migration.source,
                record: Planner.record(of: migration, graph: graph, floors: floors))
        }
        return plan(steps, selected, graph)
    }

    /// Whether this very baseline is what the history holds: then a command that is given again, because
    /// nobody heard of its success, has nothing to do.
    private func isRecorded(_ selected: [MigrationID]) -> Bool {
        let applied = input.history.applied
        return !applied.isEmpty && applied.allSatisfy(\.isBaseline)
            && Set(applied.map(\.id)) == Set(selected)
    }

    private func plan(
        _ steps: [Step], _ selected: [MigrationID], _ graph: DependencyGraph
    ) -> Plan {
        let to = PlanInput.databaseVersion(files: input.files.keys, applied: Set(selected))
        return Plan(
            goal: .baseline(version), steps: steps, from: input.history.applied.isEmpty ? nil : to,
            to: to, remaining: graph.order.filter { $0.version > version })
    }
}
