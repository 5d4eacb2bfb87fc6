/// Planning of `repair`: the history is made to say what a person knows, or what was begun is
/// finished.
struct RepairPlanning {
    private let input: PlanInput
    private let files: [MigrationID: Migration]
    private let applied: [MigrationID: AppliedMigration]

    init(_ input: PlanInput) {
        self.input = input
        files = input.files
        applied = Dictionary(uniqueKeysWithValues: input.history.applied.map { ($0.id, $0) })
    }

    // MARK: accept

    func acceptingEdit(of id: MigrationID) throws(Diagnostics) -> Plan {
        guard let row = applied[id] else {
            throw nothing(
                "\(id.title) is not applied: only the edit of an applied file needs to be accepted",
                help: ["an unapplied file may be edited as you like: apus plan"])
        }
        try checkHalfUndone(id, "the edit of its file")
        guard let file = files[id] else {
            throw Diagnostics([
                Diagnostic(
                    .appliedMissing, "\(id.title) is applied, and its file is gone",
                    details: ["file: \(id.fileName)"],
                    help: [
                        "write it back from the history: apus create-initial",
                        "if the database has it no more: apus repair mark-reverted \(id.reference)",
                    ])
            ])
        }
        guard file.checksum != row.checksum else {
            throw nothing(
                "the file of \(id.title) is what was applied: there is no edit to accept",
                help: ["see what disagrees: apus repair list"])
        }
        let step = Step(
            id: id, direction: .up, action: .accept, origin: .file, script: file.up,
            source: file.source, record: try record(of: file))
        return plan(.acceptEdit(id), [step], warnings: difference(file))
    }

    /// What was edited, as a notice: it is shown before anybody agrees to it.
    private func difference(_ file: Migration) -> [Diagnostic] {
        Drift.findings(migrations: [file], history: input.history).filter { $0.location != nil }
            .map { finding in
                var finding = finding
                finding.severity = .notice
                finding.help = []
                return finding
            }
    }

    // MARK: mark-applied

    func markingApplied(_ id: MigrationID) throws(Diagnostics) -> Plan {
        try ForwardPlanning(goal: .markApplied(id), input: input).checkRegistry()
        if applied[id] != nil {
            guard let unfinished = halfUndone(id) else {
                throw nothing("\(id.title) is applied already", help: ["apus status"])
            }
            let step = Step(
                id: id, direction: .up, action: .settle, origin: .stored,
                script: .empty(input.dialect), source: Self.noSource(id), settles: unfinished)
            return plan(.markApplied(id), [step])
        }
        guard let file = files[id] else {
            throw Diagnostics([
                Diagnostic(
                    .unfinishedMigration,
                    "\(id.title) is unfinished, and its file is gone: there is nothing to record",
                    help: [
                        "put the file \(id.fileName) back: apus repair mark-applied \(id.reference)"
                    ])
            ])
        }
        let step = Step(
            id: id, direction: .up, action: .record, origin: .file, script: file.up,
            source: file.source, record: try record(of: file), settles: halfApplied(id))
        return plan(.markApplied(id), [step], warnings: try left(behind: id))
    }

    /// What would be pending although something that comes after it is applied.
    private func left(behind id: MigrationID) throws(Diagnostics) -> [Diagnostic] {
        let graph = try DependencyGraph(migrations: input.migrations, history: input.history)
        let declared = graph.declared[id]
        return graph.order.filter { other in
            applied[other] == nil && other != id && graph.depends(id, on: other)
        }.map { other in
            Diagnostic(
                .lateMigration,
                declared == nil
                    ? "\(other.title) is pending and sorts before \(id.title)"
                    : "\(other.title) is pending, and \(id.title) depends on it",
                severity: .warning,
                help: [
                    "if the database has it as well: apus repair mark-applied \(other.reference)",
                    "if it is to be run: apus migrate --allow-out-of-order",
                ])
        }
    }

    // MARK: mark-reverted

    func markingReverted(_ id: MigrationID) throws(Diagnostics) -> Plan {
        let unfinished = halfUndone(id) ?? halfApplied(id)
        guard applied[id] != nil || unfinished != nil else {
            throw nothing("\(id.title) is not applied", help: ["apus status"])
        }
        let step = Step(
            id: id, direction: .down, action: .record, origin: .stored,
            script: .empty(input.dialect), source: Self.noSource(id), settles: unfinished)
        return plan(.markReverted(id), [step], warnings: dependents(on: id))
    }

    private func dependents(on id: MigrationID) -> [Diagnostic] {
        RollbackSelection(input).dependents(on: [id]).map { entry in
            Diagnostic(
                .dependedUpon, "\(entry.id.title) is applied and depends on \(id.title)",
                severity: .warning, details: ["it \(entry.reason)"],
                help: [
                    "if the database does not have it either: apus repair mark-reverted \(entry.id.reference)"
                ]
            )
        }
    }

    // MARK: resume

    func resuming() throws(Diagnostics) -> Plan {
        var problems: [Diagnostic] = []
        var steps: [Step] = []
        let undone = input.history.halfUndone
        let begun = input.history.halfApplied.filter { step in
            !undone.contains { $0.id == step.id }
        }
        for unfinished in undone + begun {
            do throws(Diagnostics) {
                steps.append(try step(finishing: unfinished))
            } catch {
                problems += error.all
            }
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
        return plan(.resume, steps, closes: input.history.openRuns)
    }

    private func step(finishing unfinished: UnfinishedStep) throws(Diagnostics) -> Step {
        let id = unfinished.id
        switch unfinished.direction {
        case .down:
            var input = input
            // Whichever down section was begun goes on.
            input.options.down = applied[id]?.downMeaning == unfinished.meaning ? .stored : .file
            let planning = BackwardPlanning(goal: .resume, input: input)
            guard let step = try planning.step(undoing: id, applied[id], file: files[id]) else {
                throw Diagnostics([
                    Diagnostic(.internalError, "\(id.title) is half undone and was never there")
                ])
            }
            return step
        case .up:
            guard let file = files[id] else {
                throw Diagnostics([
                    Diagnostic(
                        .unfinishedMigration,
                        "\(id.title) stopped after statement \(unfinished.statementsDone) of \(unfinished.statementCount), and its file is gone",
                        details: ["run: apus runs show \(unfinished.run)"],
                        help: [
                            "put the file \(id.fileName) back: apus repair resume",
                            "if nothing of it is left in the database: apus repair mark-reverted \(id.reference)",
                        ])
                ])
            }
            let planning = ForwardPlanning(goal: .resume, input: input)
            let graph = try DependencyGraph(migrations: input.migrations, history: input.history)
            let floors = ApplicationFloors(input.catalogue)
            let step = try planning.step(for: file, graph, floors)
            try planning.checkApplication([id], [id: file], floors)
            return step
        }
    }

    // MARK: Parts

    private func plan(
        _ goal: Goal, _ steps: [Step], closes: [RunID] = [], warnings: [Diagnostic] = []
    ) -> Plan {
        var after = Set(applied.keys)
        for step in steps {
            if step.direction == .up { after.insert(step.id) } else { after.remove(step.id) }
        }
        return Plan(
            goal: goal, steps: steps, from: input.databaseVersion,
            to: PlanInput.databaseVersion(files: files.keys, applied: after), closes: closes,
            warnings: warnings)
    }

    private func record(of file: Migration) throws(Diagnostics) -> Step.Record {
        // What the history has recorded of it is what the file replaces.
        var history = input.history
        history.applied.removeAll { $0.id == file.id }
        return Planner.record(
            of: file,
            graph: try DependencyGraph(migrations: input.migrations, history: history),
            floors: ApplicationFloors(input.catalogue))
    }

    private func halfApplied(_ id: MigrationID) -> UnfinishedStep? {
        input.history.halfApplied.first { $0.id == id }
    }

    private func halfUndone(_ id: MigrationID) -> UnfinishedStep? {
        input.history.halfUndone.first { $0.id == id }
    }

    private func checkHalfUndone(_ id: MigrationID, _ what: String) throws(Diagnostics) {
        guard let unfinished = halfUndone(id) else { return }
        throw Diagnostics([
            Diagnostic(
                .unfinishedMigration,
                "the rollback of \(id.title) stopped after statement \(unfinished.statementsDone) of \(unfinished.statementCount): before \(what) is accepted it has to be finished",
                help: ["finish it: apus repair resume"])
        ])
    }

    private func nothing(_ message: String, help: [String]) -> Diagnostics {
        Diagnostics([Diagnostic(.nothingToRepair, message, help: help)])
    }

    private static func noSource(_ id: MigrationID) -> MigrationSource {
        MigrationSource(path: id.fileName, bytes: [])
    }
}
