/// Planning of `rollback`: what is undone, newest first, from the text that ran.
struct BackwardPlanning {
    let goal: Goal
    let input: PlanInput

    func plan() throws(Diagnostics) -> Plan {
        let chosen = try select()
        let ordered = input.history.applied.reversed().filter { chosen.contains($0.id) }
        try checkDependents(of: chosen)

        let files = Dictionary(uniqueKeysWithValues: input.migrations.map { ($0.id, $0) })
        var problems: [Diagnostic] = []
        var steps: [Step] = []
        for unfinished in unfinishedSteps(chosen) {
            do throws(Diagnostics) {
                steps.append(try step(takingBack: unfinished, files))
            } catch {
                problems += error.all
            }
        }
        for applied in ordered {
            do throws(Diagnostics) {
                steps.append(try step(undoing: applied, file: files[applied.id]))
            } catch {
                problems += error.all
            }
        }
        if !problems.isEmpty { throw Diagnostics(problems) }

        let left = Set(input.history.applied.map(\.id)).subtracting(chosen)
        return Plan(
            goal: goal, steps: steps, from: input.databaseVersion,
            to: PlanInput.databaseVersion(files: files.keys, applied: left))
    }

    // MARK: Which

    private func select() throws(Diagnostics) -> Set<MigrationID> {
        let applied = input.history.applied
        switch goal {
        case .undo(let version, let cascade):
            let own = applied.map(\.id).filter { $0.version == version }
            guard !own.isEmpty || input.knownVersions.contains(version) else {
                throw Planner.unknown(version, input)
            }
            return cascade ? withDependents(own) : Set(own)
        case .downTo(let version?):
            guard applied.contains(where: { $0.id.version == version }) else {
                guard input.knownVersions.contains(version) else {
                    throw Planner.unknown(version, input)
                }
                throw Diagnostics([
                    Diagnostic(
                        .versionUnknown,
                        "\(version) is not applied, so the database cannot return to it",
                        details: [
                            "applied: \(applied.map { $0.id.title }.joined(separator: ", "))"
                        ],
                        help: ["apus migrate \(version)"])
                ])
            }
            return Set(applied.map(\.id).filter { $0.version > version })
        case .undoLast(let count):
            return Set(applied.suffix(max(0, count)).map(\.id))
        case .downTo(nil), .latest, .upTo, .baseline:
            return Set(applied.map(\.id))
        }
    }

    /// Whether an applied migration needs another to stay.
    private static func depends(_ applied: AppliedMigration, on other: MigrationID) -> Bool {
        if let declared = applied.dependencies { declared.contains(other) } else { other < applied.id }
    }

    private func withDependents(_ ids: [MigrationID]) -> Set<MigrationID> {
        var chosen = Set(ids)
        var grew = true
        while grew {
            grew = false
            for applied in input.history.applied where !chosen.contains(applied.id) {
                if chosen.contains(where: { Self.depends(applied, on: $0) }) {
                    chosen.insert(applied.id)
                    grew = true
                }
            }
        }
        return chosen
    }

    private func checkDependents(of chosen: Set<MigrationID>) throws(Diagnostics) {
        let dependents = input.history.applied.filter { applied in
            !chosen.contains(applied.id)
                && chosen.contains { Self.depends(applied, on: $0) }
        }
        guard let first = dependents.first, let newest = chosen.max() else { return }
        var help = ["undo them as well, newest first: apus rollback --to \(lower(than: chosen))"]
        if case .undo(let version, _) = goal {
            help = ["undo them as well, newest first: apus rollback \(version) --cascade"]
        }
        throw Diagnostics([
            Diagnostic(
                .dependedUpon,
                dependents.count == 1
                    ? "\(first.id.title) depends on \(newest.title)"
                    : "\(dependents.count) applied migrations depend on \(newest.title)",
                details: dependents.map {
                    let reason = $0.dependencies == nil ? "declares nothing, so it depends on all before it" : "declares it"
                    return "\($0.id.title) (\(reason))"
                },
                help: help)
        ])
    }

    private func lower(than chosen: Set<MigrationID>) -> String {
        let lowest = chosen.map(\.version).min()
        let below = input.history.applied.map(\.id.version).filter { version in
            lowest.map { version < $0 } ?? false
        }
        return below.max()?.description ?? "0.0.0"
    }

    private func unfinishedSteps(_ chosen: Set<MigrationID>) -> [UnfinishedStep] {
        input.history.unfinished.filter { unfinished in
            guard unfinished.direction == .up else { return false }
            switch goal {
            case .undo(let version, _): return unfinished.id.version == version
            case .downTo(let version): return version.map { unfinished.id.version > $0 } ?? true
            case .undoLast: return true
            case .latest, .upTo, .baseline: return false
            }
        }
    }

    // MARK: How

    private func step(
        undoing applied: AppliedMigration, file: Migration?
    ) throws(Diagnostics) -> Step {
        if let reason = applied.irreversibleReason {
            throw Diagnostics([Self.irreversible(applied.id, reason)])
        }
        if let file, file.down?.meaning != applied.downMeaning, input.options.down == nil,
            applied.text != nil
        {
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
        var step = try down(of: applied, file: file)
        for unfinished in input.history.unfinished
        where unfinished.id == applied.id && unfinished.direction == .down {
            guard unfinished.meaning == step.script.meaning else {
                throw Diagnostics([
                    Diagnostic(
                        .unfinishedMigration,
                        "the rollback of \(applied.id.title) stopped after statement \(unfinished.statementsDone) of \(unfinished.statementCount), and another down section is to be run now",
                        help: ["choose the one that was begun: --down stored, or --down file"])
                ])
            }
            step.firstStatement = min(unfinished.statementsDone, step.script.statementCount)
            step.settles = unfinished
        }
        return step
    }

    private func down(
        of applied: AppliedMigration, file: Migration?
    ) throws(Diagnostics) -> Step {
        if input.options.down == .file || applied.text == nil {
            guard let file, let script = file.down else {
                throw Diagnostics([Self.irreversible(applied.id, "no down section was kept for it")])
            }
            return Step(
                id: applied.id, direction: .down, origin: .file, script: script,
                source: file.source)
        }
        let parser = MigrationParser(dialect: input.dialect)
        switch applied.text {
        case .whole(let bytes):
            let name = applied.id.fileName
            let stored = try parser.parse(
                source: MigrationSource(path: "\(name) (kept in the history)", bytes: bytes),
                fileName: name)
            guard let script = stored.down else {
                throw Diagnostics([Self.irreversible(applied.id, "it has no down section")])
            }
            return Step(
                id: applied.id, direction: .down, origin: .stored, script: script,
                source: stored.source)
        case .down(let bytes, let transaction):
            let (source, script) = try parser.parseStoredDown(
                bytes, id: applied.id, transaction: transaction)
            return Step(
                id: applied.id, direction: .down, origin: .stored, script: script, source: source)
        case nil:
            throw Diagnostics([Self.irreversible(applied.id, "no text was kept for it")])
        }
    }

    /// What a non-transactional migration did before it stopped is undone by its down section.
    private func step(
        takingBack unfinished: UnfinishedStep, _ files: [MigrationID: Migration]
    ) throws(Diagnostics) -> Step {
        guard let migration = files[unfinished.id] else {
            throw Diagnostics([
                Self.irreversible(unfinished.id, "it is unfinished, and its file is gone")
            ])
        }
        guard let script = migration.down else {
            throw Diagnostics([
                Self.irreversible(
                    unfinished.id, migration.irreversibleReason ?? "it has no down section")
            ])
        }
        return Step(
            id: migration.id, direction: .down, origin: .file, script: script,
            source: migration.source, settles: unfinished)
    }

    private static func irreversible(_ id: MigrationID, _ reason: String) -> Diagnostic {
        Diagnostic(
            .irreversible, "\(id.title) cannot be undone: \(reason)",
            help: [
                "restore a backup that was taken before it: apus backup list",
                "or write a migration that goes forward: apus create-migration VERSION NAME",
            ])
    }
}
