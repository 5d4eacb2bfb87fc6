/// Planning of `baseline`: the history is written, nothing is run.
struct BaselinePlanning {
    let version: SemanticVersion
    let input: PlanInput

    func plan() throws(Diagnostics) -> Plan {
        guard input.history.applied.isEmpty else {
            throw Diagnostics([
                Diagnostic(
                    .historyExists,
                    "the database already has a history of \(input.history.applied.count) migrations; a baseline is for one without",
                    help: ["apus status"])
            ])
        }
        // 0.0.0 stands for "none of the migrations", so that existing tables are accepted as they are.
        guard version == SemanticVersion(0, 0, 0) || input.knownVersions.contains(version) else {
            throw Planner.unknown(version, input)
        }
        let graph = try DependencyGraph(migrations: input.migrations, history: input.history)
        let files = Dictionary(uniqueKeysWithValues: input.migrations.map { ($0.id, $0) })
        let selected = graph.order.filter { $0.version <= version }
        return Plan(
            goal: .baseline(version),
            steps: selected.map { id in
                let migration = files[id]!
                return Step(
                    id: id, direction: .up, action: .record, origin: .file, script: migration.up,
                    source: migration.source,
                    record: Planner.record(
                        of: migration, graph: graph, catalogue: input.catalogue))
            },
            from: nil,
            to: PlanInput.databaseVersion(files: files.keys, applied: Set(selected)),
            remaining: graph.order.filter { $0.version > version })
    }
}
