import ApusCore

/// One execution of one plan, under the lock: backup, steps, and the rows that tell of them.
struct Run {
    let migrator: Migrator
    let session: any DatabaseSession
    let files: FolderSurvey
    let events: @Sendable (RunEvent) -> Void
    let locks = LockTally()
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
        if plan.changesNothing {
            var report = Report.nothingToDo(plan)
            await release(&report)
            return report
        }
        try await checkJournal(goal, plan)
        if let gate = migrator.options.rehearsal,
            let verdict = try await migrator.rehearsalVerdict(on: plan, history, session)
        {
            try gate.check(verdict, of: plan)
        }

        let revert = try await revertDraft(plan, history)
        var schema = RunSchema(session: session)
        let drift = await schema.driftWarning()
        failpoint("run.planned")
        let (id, audit, entry) = try await asking { () async throws(DatabaseError) in
            try await session.prepareRegistry()
            failpoint("run.registry-ready")
            try await claimEntry()
            let audit = try await recordIntent()
            let id = try await session.beginRun(begin(goal, plan))
            try await attachEntry(to: id)
            return (id, audit, try await promise(revert, of: id))
        }
        failpoint("run.begun")
        events(.runStarted(id, plan))
        var report = Report(run: id, plan: plan, version: plan.from, warnings: plan.warnings)
        report.revert = entry
        if let drift { report.warnings.append(drift) }
        do throws(Diagnostics) {
            if migrator.takesBackup(before: plan, registry: history.registry) {
                report.backup = try await backup(id, version: plan.from)
            }
            try await take(
                plan, id, appliedBefore: Set(history.applied.map(\.id)), &schema, &report)
        } catch {
            report.failure = error.all[0]
        }
        await finish(id, history, schema, audit, &report)
        if report.backup?.isVerified == true {
            migrator.backups?.pruneIfAsked(
                of: migrator.driver, during: id, now: migrator.now(), events)
        }
        report.duration = clock.now - start
        events(.runEnded(report))
        return report
    }

    /// Refuses to do again what the journal says was done; a repair is the way out.
    private func checkJournal(_ goal: Goal, _ plan: Plan) async throws(Diagnostics) {
        guard goal.runKind != .repair else { return }
        let contradictions = try await asking { () async throws(DatabaseError) in
            try await session.contradictions()
        }
        guard !contradictions.isEmpty else { return }
        let taken = Set(plan.steps.map(\.id))
        let found = contradictions.filter { taken.contains($0.migration) }
        if !found.isEmpty { throw Diagnostics(found.map(\.diagnostic)) }
    }

    // MARK: Steps

    private func take(
        _ plan: Plan, _ id: RunID, appliedBefore: Set<MigrationID>, _ schema: inout RunSchema,
        _ report: inout Report
    ) async throws(Diagnostics) {
        var applied = appliedBefore
        // Only where it is asked for: looking at the whole history after each step adds up.
        func version() -> SemanticVersion? {
            PlanInput.databaseVersion(files: migrations.lazy.map(\.id), applied: applied)
        }
        defer { report.version = version() }
        if case .baseline = plan.goal {
            report.outcomes = try await record(plan, id)
            applied.formUnion(plan.steps.map(\.id))
            return
        }
        for stretch in stretches(of: plan) {
            var rest = stretch
            while !rest.isEmpty {
                guard !Task.isCancelled else {
                    throw Diagnostics([interrupted(at: version(), plan)])
                }
                if migrator.options.backup == .eachStep, rest.lowerBound > 0,
                    plan.needsBackupOfSteps
                {
                    report.backup = try await backup(id, version: version())
                }
                let outcomes = try await take(rest, of: plan, id)
                for (step, outcome) in zip(plan.steps[rest], outcomes) {
                    report.outcomes.append(outcome)
                    if let failure = outcome.failure {
                        throw Diagnostics([failure.diagnostic(of: step, version: version())])
                    }
                    if step.direction == .up {
                        applied.insert(step.id)
                    } else {
                        applied.remove(step.id)
                    }
                }
                rest = rest.dropFirst(outcomes.count)
            }
            let last = plan.steps[stretch.upperBound - 1]
            if let warning = await schema.record(after: last, of: plan.steps.count) {
                report.warnings.append(warning)
            }
        }
    }

    private func record(_ plan: Plan, _ id: RunID) async throws(Diagnostics) -> [StepOutcome] {
        failpoint("run.before-record")
        do throws(DatabaseError) {
            let outcomes = try await session.record(plan.steps, in: id)
            failpoint("run.recorded")
            for (index, outcome) in outcomes.enumerated() {
                events(
                    .stepStarted(
                        outcome.id, outcome.direction, index: index, of: outcomes.count))
                events(.stepFinished(outcome))
            }
            return outcomes
        } catch {
            var diagnostic = error.diagnostic
            if error.code != .commitUnknown { diagnostic.state = "nothing was recorded." }
            throw Diagnostics([diagnostic])
        }
    }

    // MARK: Backup

    private func backup(
        _ id: RunID, version: SemanticVersion?
    ) async throws(Diagnostics) -> BackupRecord? {
        guard let store = migrator.backups else { return nil }
        do throws(DatabaseError) {
            let record = try await migrator.takeBackup(
                into: store, run: id, version: version, under: session, events)
            failpoint("run.backup-taken")
            try await session.recordBackup(record, in: id)
            failpoint("run.backup-recorded")
            return record
        } catch {
            var diagnostic = error.diagnostic
            diagnostic.state =
                diagnostic.state
                ?? "nothing was run without a backup; the database is \(version.map { "at \($0)" } ?? "empty")."
            if diagnostic.help.isEmpty {
                diagnostic.help = ["see whether a backup can be made: apus doctor"]
            }
            throw Diagnostics([diagnostic])
        }
    }

    // MARK: Rows

    private func begin(_ goal: Goal, _ plan: Plan) -> RunStart {
        RunStart(
            kind: goal.runKind, summary: plan.sentence, planDigest: plan.digest, from: plan.from,
            to: plan.to, steps: plan.steps.count, startedBy: migrator.options.startedBy,
            applicationVersion: migrator.input(migrations, History(registry: .present(version: 0)))
                .application,
            toolVersion: migrator.options.toolVersion, plan: plan.steps.map(PlannedStep.init))
    }

    /// Closes the run's row. A connection that is gone cannot be told: the next run closes the row
    /// as interrupted.
    private func finish(
        _ id: RunID, _ history: History, _ schema: RunSchema, _ audit: AuditID?,
        _ report: inout Report
    ) async {
        let failure = report.failure
        let left = await schema.end(of: report)
        if let warning = left.warning { report.warnings.append(warning) }
        if let live = left.schema,
            let warning = await schema.rollbackWarning(report, history, live)
        {
            report.warnings.append(warning)
        }
        failpoint("run.before-end")
        do throws(DatabaseError) {
            try await session.endRun(
                id,
                RunEnd(
                    status: failure == nil
                        ? .succeeded : failure?.code == .interrupted ? .interrupted : .failed,
                    failureCode: failure?.code, failureMessage: failure?.record,
                    schema: left.schema, schemaMigration: left.migration,
                    locks: locks.locks))
        } catch {
            report.warnings.append(Self.notClosed(id, error))
            return
        }
        await recordOutcome(audit, id, &report)
        await settleEntries(&report)
        failpoint("run.ended")
        await release(&report)
        failpoint("run.released")
    }

    /// The run is over: an outcome that cannot be written is told, and changes nothing of it.
    private func recordOutcome(_ audit: AuditID?, _ id: RunID, _ report: inout Report) async {
        guard let audit else { return }
        do throws(DatabaseError) {
            try await session.recordOutcome(
                of: audit, report.failure?.code.rawValue ?? "done", run: id)
        } catch {
            var warning = error.diagnostic
            warning.severity = .warning
            warning.message =
                "the outcome of run \(id) could not be written to the audit: \(warning.message)"
            report.warnings.append(warning)
        }
    }

    /// Whoever acts is written down first: where that fails, nothing is run.
    private func recordIntent() async throws(DatabaseError) -> AuditID? {
        guard let intent = migrator.options.audit else { return nil }
        return try await session.recordIntent(intent)
    }

    private static func notClosed(_ id: RunID, _ error: DatabaseError) -> Diagnostic {
        var warning = error.diagnostic
        warning.severity = .warning
        warning.message = "run \(id) could not be closed in the history: \(warning.message)"
        return warning
    }

    /// Closing the session gives the lock back in any case; but one that was not held any more
    /// excluded nobody.
    private func release(_ report: inout Report) async {
        do throws(DatabaseError) {
            try await session.releaseLock()
        } catch {
            var warning = error.diagnostic
            warning.severity = .warning
            warning.state = "another run may have gone on at the same time."
            if warning.help.isEmpty { warning.help = ["apus runs list"] }
            report.warnings.append(warning)
        }
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

extension Diagnostic {
    /// What the run's row keeps: of a backup that failed also what its program said.
    fileprivate var record: String {
        let keepsDetails = code == .backupFailed || code == .backupDamaged
        return ([message] + (keepsDetails ? details : [])).joined(separator: "\n")
    }
}

extension Goal {
    /// Whether the folder's files are only looked at where they are needed, so that no broken file of
    /// something else stands in the way.
    var bearsBrokenFiles: Bool {
        switch self {
        case .undo, .downTo, .undoLast, .acceptEdit, .markApplied, .markReverted, .resume: true
        case .latest, .upTo, .baseline: false
        }
    }

    /// The migration whose file a repair takes its text from.
    var fileNeeded: MigrationID? {
        switch self {
        case .acceptEdit(let id), .markApplied(let id): id
        default: nil
        }
    }

    /// Whether the texts that the history keeps are needed.
    var readsTexts: Bool {
        switch self {
        case .undo, .downTo, .undoLast, .acceptEdit, .resume: true
        case .latest, .upTo, .baseline, .markApplied, .markReverted: false
        }
    }

    var runKind: RunKind {
        switch self {
        case .latest, .upTo: .migrate
        case .undo, .downTo, .undoLast: .rollback
        case .baseline: .baseline
        case .acceptEdit, .markApplied, .markReverted, .resume: .repair
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
                details: [
                    "it would be now: \(sentence)",
                    "where that reads the same, the SQL of a file is another",
                ], state: "nothing was run.", help: ["look at it again: apus plan"])
        ])
    }

    /// Whether anything is run: recording alone changes no data.
    var needsBackupOfSteps: Bool { steps.contains { $0.action == .run } }
}
