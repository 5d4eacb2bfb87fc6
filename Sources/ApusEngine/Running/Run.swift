import ApusCore

/// One execution of one plan, under the lock: backup, steps, and the rows that tell of them.
struct Run {
    let migrator: Migrator
    let session: any DatabaseSession
    let files: FolderSurvey
    let events: @Sendable (RunEvent) -> Void
    private let clock = ContinuousClock()

    init(
        migrator: Migrator, session: any DatabaseSession, files: FolderSurvey,
        events: @escaping @Sendable (RunEvent) -> Void
    ) {
        self.migrator = migrator
        self.session = session
        self.files = files
        self.events = events
    }

    private var migrations: [Migration] { files.migrations }

    func perform(_ goal: Goal, expecting digest: Checksum?) async throws(Diagnostics) -> Report {
        let start = clock.now
        let history = try await migrator.history(
            of: session, comparedWith: migrations, for: goal)
        let plan = try migrator.plan(goal, files, history)
        try plan.check(digest)
        if plan.isEmpty, !goal.isBaseline {
            await release()
            return .nothingToDo(plan)
        }

        failpoint("run.planned")
        let id = try await asking { () async throws(DatabaseError) in
            try await session.prepareRegistry()
            failpoint("run.registry-ready")
            return try await session.beginRun(begin(goal, plan))
        }
        failpoint("run.begun")
        events(.runStarted(id, plan))
        var report = Report(run: id, plan: plan, version: plan.from, warnings: plan.warnings)
        do throws(Diagnostics) {
            if needsBackup(plan, history) {
                report.backup = try await backup(id, version: plan.from)
            }
            try await take(plan, id, appliedBefore: Set(history.applied.map(\.id)), &report)
        } catch {
            report.failure = error.all[0]
        }
        await finish(id, &report)
        report.duration = clock.now - start
        events(.runEnded(report))
        return report
    }

    // MARK: Steps

    private func take(
        _ plan: Plan, _ id: RunID, appliedBefore: Set<MigrationID>, _ report: inout Report
    ) async throws(Diagnostics) {
        var applied = appliedBefore
        // Only where it is asked for: looking at the whole history after each step adds up.
        func version() -> SemanticVersion? {
            PlanInput.databaseVersion(files: migrations.lazy.map(\.id), applied: applied)
        }
        defer { report.version = version() }
        for (index, step) in plan.steps.enumerated() {
            guard !Task.isCancelled else { throw Diagnostics([interrupted(at: version(), plan)]) }
            if migrator.options.backup == .eachStep, index > 0, plan.needsBackupOfSteps {
                report.backup = try await backup(id, version: version())
            }
            failpoint("run.before-step")
            events(.stepStarted(step.id, step.direction, index: index, of: plan.steps.count))
            let outcome = try await asking { () async throws(DatabaseError) in
                try await session.perform(step, in: id, options: migrator.options.step) {
                    [events] event in events(.step(step.id, event))
                }
            }
            failpoint("run.step-performed")
            report.outcomes.append(outcome)
            events(.stepFinished(outcome))
            if let failure = outcome.failure {
                throw Diagnostics([failure.diagnostic(of: step, version: version())])
            }
            if step.direction == .up { applied.insert(step.id) } else { applied.remove(step.id) }
        }
    }

    // MARK: Backup

    /// The database is copied first, unless it is new, nothing is run, or the policy says otherwise.
    private func needsBackup(_ plan: Plan, _ history: History) -> Bool {
        guard migrator.backups != nil, migrator.options.backup != .never, plan.needsBackupOfSteps
        else { return false }
        return history.registry != .absent(userTables: 0)
    }

    private func backup(
        _ id: RunID, version: SemanticVersion?
    ) async throws(Diagnostics) -> BackupRecord? {
        guard let store = migrator.backups else { return nil }
        return try await asking { () async throws(DatabaseError) in
            let record = try await store.take(
                of: migrator.driver, run: id, version: version, now: migrator.now(),
                events: events)
            failpoint("run.backup-taken")
            try await session.recordBackup(record, in: id)
            failpoint("run.backup-recorded")
            return record
        }
    }

    // MARK: Rows

    private func begin(_ goal: Goal, _ plan: Plan) -> RunStart {
        RunStart(
            kind: goal.runKind, summary: plan.sentence, planDigest: plan.digest, from: plan.from,
            to: plan.to, steps: plan.steps.count, startedBy: migrator.options.startedBy,
            applicationVersion: migrator.input(migrations, History(registry: .present(version: 0)))
                .application,
            toolVersion: migrator.options.toolVersion)
    }

    /// Closes the run's row. A connection that is gone cannot be told: the next run closes the row
    /// as interrupted.
    private func finish(_ id: RunID, _ report: inout Report) async {
        let failure = report.failure
        failpoint("run.before-end")
        do throws(DatabaseError) {
            try await session.endRun(
                id,
                RunEnd(
                    status: failure == nil
                        ? .succeeded : failure?.code == .interrupted ? .interrupted : .failed,
                    failureCode: failure?.code, failureMessage: failure?.message))
        } catch {
            report.warnings.append(Self.notClosed(id, error))
        }
        failpoint("run.ended")
        await release()
        failpoint("run.released")
    }

    private static func notClosed(_ id: RunID, _ error: DatabaseError) -> Diagnostic {
        var warning = error.diagnostic
        warning.severity = .warning
        warning.message = "run \(id) could not be closed in the history: \(warning.message)"
        return warning
    }

    /// Closing the session gives the lock back in any case, so a failure here changes nothing.
    private func release() async {
        try? await session.releaseLock()
    }

    // MARK: Refusals

    private func interrupted(at version: SemanticVersion?, _ plan: Plan) -> Diagnostic {
        Diagnostic(
            .interrupted, "stopped between two migrations",
            state:
                "the database is \(version.map { "at \($0)" } ?? "empty"); nothing is half done.",
            help: [plan.goal.runKind == .migrate ? "go on: apus migrate" : "look: apus status"])
    }
}

extension Goal {
    var isBaseline: Bool {
        if case .baseline = self { true } else { false }
    }

    var isBackward: Bool {
        switch self {
        case .undo, .downTo, .undoLast: true
        case .latest, .upTo, .baseline: false
        }
    }

    var runKind: RunKind {
        switch self {
        case .latest, .upTo: .migrate
        case .undo, .downTo, .undoLast: .rollback
        case .baseline: .baseline
        }
    }
}

extension Plan {
    /// Refuses a plan that is not the one that was agreed to.
    func check(_ agreed: Checksum?) throws(Diagnostics) {
        guard let agreed, digest != agreed else { return }
        throw Diagnostics([
            Diagnostic(
                .planChanged, "the plan is not the one that was agreed to",
                details: ["it would be now: \(sentence)"], help: ["look at it again: apus plan"])
        ])
    }

    /// Whether anything is run: recording alone changes no data.
    var needsBackupOfSteps: Bool { steps.contains { $0.action == .run } }
}
