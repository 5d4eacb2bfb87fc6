/// Planning of `baseline`: the history is written, nothing is run.
struct BaselinePlanning {
    let version: SemanticVersion
    let input: PlanInput

    func plan() throws(Diagnostics) -> Plan {
        guard input.history.applied.isEmpty else {
            let count = input.history.applied.count
            throw Diagnostics([
                Diagnostic(
                    .historyExists,
                    "the database already has a history of \(count) migration\(count == 1 ? "" : "s"); a baseline is for one without",
                    help: ["apus status"])
            ])
        }
        // 0.0.0 stands for "none of the migrations", so that existing tables are accepted as they are.
        guard version == SemanticVersion(0, 0, 0) || input.knownVersions.contains(version) else {
            throw Planner.unknown(version, input)
        }
        if let unfinished = input.history.halfApplied.first {
            throw Diagnostics([
                Diagnostic(
                    .unfinishedMigration,
                    "\(unfinished.id.title) stopped after statement \(unfinished.statementsDone) of \(unfinished.statementCount): a baseline is for a database without a history",
                    help: ["take back what was done: apus rollback \(unfinished.id.version)"])
            ])
        }
        let graph = try DependencyGraph(migrations: input.migrations, history: input.history)
        let floors = ApplicationFloors(input.catalogue)
        try floors.check(input.migrations)
        let files = input.files
        let selected = graph.order.filter { $0.version <= version }
        try Planner.checkDependencies(of: selected, applied: [], graph: graph)
        return Plan(
            goal: .baseline(version),
            steps: selected.map { id in
                let migration = files[id]!
                return Step(
                    id: id, direction: .up, action: .record, origin: .file, script: migration.up,
                    source: migration.source,
                    record: Planner.record(of: migration, graph: graph, floors: floors))
            },
            from: nil,
            to: PlanInput.databaseVersion(files: files.keys, applied: Set(selected)),
            remaining: graph.order.filter { $0.version > version })
    }
}
