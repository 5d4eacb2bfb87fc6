/// Planning of `rollback`: what is undone, newest first, from the text that ran.
struct BackwardPlanning {
    let goal: Goal
    let input: PlanInput
    private let halfApplied: [UnfinishedStep]
    private let halfUndone: [UnfinishedStep]

    init(goal: Goal, input: PlanInput) {
        self.goal = goal
        self.input = input
        halfApplied = input.history.halfApplied
        halfUndone = input.history.halfUndone
    }

    func plan() throws(Diagnostics) -> Plan {
        let chosen = try RollbackSelection(input).chosen(for: goal)
        let files = input.files
        let applied = Dictionary(uniqueKeysWithValues: input.history.applied.map { ($0.id, $0) })
        var problems: [Diagnostic] = []
        var steps: [Step] = []
        for id in chosen {
            do throws(Diagnostics) {
                if let step = try step(undoing: id, applied[id], file: files[id]) {
                    steps.append(step)
                }
            } catch {
                problems += error.all
            }
        }
        if !problems.isEmpty { throw Diagnostics(problems) }

        return Plan(
            goal: goal, steps: steps, from: input.databaseVersion,
            to: PlanInput.databaseVersion(
                files: files.keys, applied: Set(applied.keys).subtracting(chosen)),
            warnings: steps.compactMap(halfFilled))
    }

    /// A down section takes back what the whole data migration did, and some rows have not had it.
    private func halfFilled(_ step: Step) -> Diagnostic? {
        let open = input.history.incomplete.first {
            $0.migration == step.id && $0.rowsDone > 0
        }
        guard step.stopsBatches, let open else { return nil }
        let of = open.rowsExpected.map { " of about \($0)" } ?? ""
        return Diagnostic(
            .dataIncomplete,
            "the batches of \(step.id.title) were done for \(open.rowsDone)\(of) rows, and its down section runs for all of them",
            severity: .notice,
            help: ["see that it changes only what the batches changed"])
    }

    /// The step that undoes a migration, or what is there of it; `nil` where there is nothing.
    func step(
        undoing id: MigrationID, _ applied: AppliedMigration?, file: Migration?
    ) throws(Diagnostics) -> Step? {
        var step: Step
        if let applied {
            step = try self.step(undoing: applied, file: file)
        } else if let unfinished = halfApplied.first(where: { $0.id == id }) {
            step = try self.step(takingBack: unfinished, file: file)
        } else {
            return nil
        }
        step.stopsBatches = input.history.incomplete.contains { $0.migration == id }
        if let begun = halfUndone.first(where: { $0.id == id }) {
            try resume(&step, begun)
        }
        return step
    }

    // MARK: An applied migration

    private func step(
        undoing applied: AppliedMigration, file: Migration?
    ) throws(Diagnostics) -> Step {
        try checkReversible(applied, file)
        try checkDivergence(applied, file)
        guard let text = applied.text, input.options.down != .file else {
            return try step(of: applied, from: file)
        }
        let parser = MigrationParser(dialect: input.dialect)
        switch text {
        case .whole(let bytes):
            let name = applied.id.fileName
            let stored = try parser.parse(
                source: MigrationSource(path: "\(name) (kept in the history)", bytes: bytes),
                fileName: name)
            guard let script = stored.down else {
                throw irreversible(applied.id, "it has no down section")
            }
            return Step(
                id: applied.id, direction: .down, origin: .stored, script: script,
                source: stored.source)
        case .down(let bytes, let transaction):
            let (source, script) = try parser.parseStoredDown(
                bytes, id: applied.id, transaction: transaction)
            return Step(
                id: applied.id, direction: .down, origin: .stored, script: script, source: source)
        case .unread:
            throw Diagnostics([
                Diagnostic(
                    .internalError, "a rollback was planned without the texts of the history")
            ])
        }
    }

    private func step(
        of applied: AppliedMigration, from file: Migration?
    ) throws(Diagnostics) -> Step {
        guard let file else {
            throw irreversible(
                applied.id,
                applied.text == nil
                    ? "no text was kept for it, and its file is gone"
                    : "--down file was asked for, and its file is gone")
        }
        guard let script = file.down else {
            throw irreversible(
                applied.id, file.irreversibleReason ?? "its file has no down section")
        }
        return Step(
            id: applied.id, direction: .down, origin: .file, script: script, source: file.source)
    }

    /// A down section that was written later is run only where it is asked for.
    private func checkReversible(
        _ applied: AppliedMigration, _ file: Migration?
    ) throws(Diagnostics) {
        guard let reason = applied.irreversibleReason else { return }
        if input.options.down == .file, file?.down != nil { return }
        throw irreversible(applied.id, reason)
    }

    private func checkDivergence(
        _ applied: AppliedMigration, _ file: Migration?
    ) throws(Diagnostics) {
        guard let file, applied.text != nil, input.options.down == nil,
            file.down?.meaning != applied.downMeaning
        else { return }
        throw Diagnostics([
            Diagnostic(
                .downDiverged,
                "the down section of \(applied.id.title) in the file is not the one that was applied",
                at: SourceLocation(file: file.source.path, line: file.down?.line ?? 1),
                help: [
                    "run the one that was kept when it was applied: --down stored",
                    "run the file's: --down file",
                ])
        ])
    }

    // MARK: Unfinished steps

    /// What a non-transactional migration did before it stopped is undone by its down section.
    private func step(
        takingBack unfinished: UnfinishedStep, file: Migration?
    ) throws(Diagnostics) -> Step {
        guard let file else {
            throw irreversible(unfinished.id, "it is unfinished, and its file is gone")
        }
        guard let script = file.down else {
            throw irreversible(
                unfinished.id, file.irreversibleReason ?? "it has no down section")
        }
        return Step(
            id: file.id, direction: .down, origin: .file, script: script,
            source: file.source, settles: unfinished)
    }

    /// Goes on with a rollback that stopped midway.
    private func resume(_ step: inout Step, _ begun: UnfinishedStep) throws(Diagnostics) {
        guard begun.meaning == step.script.meaning else {
            throw Diagnostics([
                Diagnostic(
                    .unfinishedMigration,
                    "the rollback of \(begun.id.title) stopped after statement \(begun.statementsDone) of \(begun.statementCount), and another down section is to be run now",
                    help: ["choose the one that was begun: --down stored, or --down file"])
            ])
        }
        step.firstStatement = min(begun.statementsDone, step.script.statementCount)
        step.settles = step.settles ?? begun
    }

    private func irreversible(_ id: MigrationID, _ reason: String) -> Diagnostics {
        Diagnostics([
            Diagnostic(
                .irreversible, "\(id.title) cannot be undone: \(reason)",
                help: [
                    "restore a backup that was taken before it: apus backup list",
                    "or write a migration that goes forward: apus create-migration VERSION NAME",
                ])
        ])
    }
}
