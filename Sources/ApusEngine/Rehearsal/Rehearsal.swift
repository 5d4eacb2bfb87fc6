import ApusCore
import Synchronization

/// One rehearsal in a database that is there for it: every pending migration up, down and up again.
struct Rehearsal {
    /// Of the rehearsal's own database.
    let migrator: Migrator
    let database: any EphemeralDatabase
    let files: FolderSurvey
    let tests: [TestFile]
    let request: RehearsalRequest
    let events: @Sendable (RehearsalEvent) -> Void

    private let clock = ContinuousClock()
    private var applied: Set<MigrationID> = []
    /// The migrations of the plan that are still to come.
    private var pending: [MigrationID] = []

    init(
        migrator: Migrator, database: any EphemeralDatabase, files: FolderSurvey,
        tests: [TestFile], request: RehearsalRequest,
        events: @escaping @Sendable (RehearsalEvent) -> Void
    ) {
        self.migrator = migrator
        self.database = database
        self.files = files
        self.tests = tests
        self.request = request
        self.events = events
    }

    private var goal: Goal { request.target.map(Goal.upTo) ?? .latest }

    mutating func perform(
        preparation: Duration, start: RehearsalReport.Start
    ) async throws(Diagnostics) -> RehearsalReport {
        let migrator = migrator
        return try await migrator.withSession { (session) throws(Diagnostics) in
            try await perform(session, preparation, start)
        }
    }

    private mutating func perform(
        _ session: any DatabaseSession, _ preparation: Duration, _ start: RehearsalReport.Start
    ) async throws(Diagnostics) -> RehearsalReport {
        try await asking { () async throws(DatabaseError) in
            try await session.acquireLock(waitingAtMost: .zero) { _ in }
        }
        var plan = try await plan(goal, session)
        var report = RehearsalReport(
            start: start, place: database.place, from: plan.from, to: plan.to,
            planDigest: plan.digest, way: RehearsedWay(from: plan.from), preparation: preparation,
            duration: .zero, cleared: [])
        let run = try await begin(plan, session)
        // A required stop ends a plan; the way goes on behind it.
        while !plan.steps.isEmpty {
            events(.planned(plan))
            report.findings += plan.warnings.filter { !report.findings.contains($0) }
            pending = plan.steps.map(\.id)
            for step in plan.steps {
                guard try await rehearse(step, run, session, &report) else {
                    let begun = Set(report.migrations.map(\.id))
                    report.notReached = (pending + plan.remaining.filter(isWanted))
                        .filter { !begun.contains($0) }
                    try await end(run, session, .failed)
                    return report
                }
            }
            guard plan.stop != nil else { break }
            plan = try await self.plan(goal, session)
            report.to = plan.to ?? report.to
        }
        try await end(run, session, report.passed ? .succeeded : .failed)
        return report
    }

    private func isWanted(_ id: MigrationID) -> Bool {
        request.target.map { id.version <= $0 } ?? true
    }

    // MARK: Deciding

    private mutating func plan(
        _ goal: Goal, _ session: any DatabaseSession
    ) async throws(Diagnostics) -> Plan {
        let history = try await migrator.history(
            of: session, comparedWith: files.migrations, for: goal)
        applied = Set(history.applied.map(\.id))
        let known = files.migrations.map(\.id.version) + history.applied.map(\.id.version)
        try tests.check(knowing: Set(known))
        return try migrator.plan(goal, files, history)
    }

    /// The step that undoes what was applied last, as a rollback would take it.
    private func undoing(_ session: any DatabaseSession) async throws(Diagnostics) -> Step? {
        let goal = Goal.undoLast(1)
        let history = try await migrator.history(
            of: session, comparedWith: files.migrations, for: goal)
        return try migrator.plan(goal, files, history).steps.first
    }

    private func migration(_ id: MigrationID) -> Migration? {
        files.migrations.first { $0.id == id }
    }

    private var level: SemanticVersion? {
        PlanInput.databaseVersion(files: files.migrations.lazy.map(\.id), applied: applied)
    }

    private func isFirst(_ id: MigrationID) -> Bool {
        !applied.contains { $0.version == id.version }
    }

    private func isLast(_ id: MigrationID) -> Bool {
        !pending.contains { $0.version == id.version }
    }

    // MARK: One migration

    /// Whether the rehearsal can go on behind it.
    private mutating func rehearse(
        _ step: Step, _ run: RunID, _ session: any DatabaseSession, _ report: inout RehearsalReport
    ) async throws(Diagnostics) -> Bool {
        if isFirst(step.id), let problem = try await runFixtures(of: step.id.version) {
            report.findings.append(problem)
            return false
        }
        let migration = migration(step.id)
        var result = MigrationRehearsal(
            id: step.id,
            irreversibleReason: migration?.down == nil
                ? migration?.irreversibleReason ?? "it has no down section" : nil)
        var passage = RehearsedWay.Passage(up: step.rehearsalDigest, down: nil)
        let isApplied = try await upAndDown(step, run, session, &result, &passage)
        for step in result.steps {
            result.findings += request.budget.findings(step, of: result.id, migration)
        }
        report.migrations.append(result)
        report.findings += result.findings
        events(.rehearsed(result))
        guard isApplied else { return false }

        pending.removeFirst()
        applied.insert(step.id)
        report.way.append(passage, to: level)
        failpoint("rehearsal.migration-done")
        if isLast(step.id) {
            try await runAssertions(of: step.id.version, &report)
        }
        return true
    }

    /// Whether the migration is applied in the end.
    private func upAndDown(
        _ step: Step, _ run: RunID, _ session: any DatabaseSession,
        _ result: inout MigrationRehearsal, _ passage: inout RehearsedWay.Passage
    ) async throws(Diagnostics) -> Bool {
        let (schema, tables) = try await look(session)
        (result.tables, result.rows) = (tables.count, tables.reduce(0) { $0 + $1.rows })
        guard try await take(step, .up, run, session, &result) == .done else { return false }
        guard result.irreversibleReason == nil else { return true }
        let after = try await asking { () async throws(DatabaseError) in try await session.schema()
        }

        guard let down = try await undoing(session) else { return true }
        switch try await take(down, .down, run, session, &result) {
        case .done: passage.down = down.rehearsalDigest
        // It is there as before: what comes behind it can still be rehearsed.
        case .unchanged: return true
        case .stopped: return false
        }
        let (undone, left) = try await look(session)
        result.afterDown = .between(schema, undone)
        result.dataChanges = DataChange.between(tables, left)
        result.findings += RehearsalFindings.ofDown(result, of: migration(step.id))

        // What was resumed the first time is run from its beginning now.
        var again = step
        (again.firstStatement, again.settles) = (0, nil)
        guard try await take(again, .upAgain, run, session, &result) == .done else { return false }
        let repeated = try await asking { () async throws(DatabaseError) in
            try await session.schema()
        }
        result.afterUpAgain = .between(after, repeated)
        result.findings += RehearsalFindings.ofUpAgain(result)
        return true
    }

    private func look(
        _ session: any DatabaseSession
    ) async throws(Diagnostics) -> (SchemaSnapshot, [TableContents]) {
        try await asking { () async throws(DatabaseError) in
            let schema = try await session.schema()
            return (schema, try await database.tables())
        }
    }

    private enum Ending { case done, unchanged, stopped }

    private func take(
        _ step: Step, _ phase: RehearsedStep.Phase, _ run: RunID, _ session: any DatabaseSession,
        _ result: inout MigrationRehearsal
    ) async throws(Diagnostics) -> Ending {
        guard !Task.isCancelled else { throw Self.interrupted }
        events(.stepStarted(step.id, phase))
        // What a server says of its own is not ours to judge; SQLite says nothing of its own.
        let notices = migrator.driver.engine == .sqlite ? Mutex<[String]>([]) : nil
        let outcome = try await asking { () async throws(DatabaseError) in
            try await migrator.perform(step, in: run, over: session) {
                [events] event in
                if case .notice(let text) = event { notices?.withLock { $0.append(text) } }
                events(.step(step.id, event))
            }
        }
        failpoint("rehearsal.step-taken")
        result.steps.append(
            RehearsedStep(
                phase: phase, duration: outcome.duration, statementsRun: outcome.statementsRun,
                isDone: outcome.failure == nil, locks: outcome.locks,
                hasUnreadLocks: migrator.driver.engine == .postgres
                    && step.script.transaction == .none))
        if phase != .upAgain, let lines = notices?.withLock(\.self), !lines.isEmpty {
            result.findings.append(
                RehearsalFindings.ofNotices(lines, of: step, phase, migration(step.id)))
        }
        guard let failure = outcome.failure else { return .done }
        let finding = failure.diagnostic(of: step, version: nil)
        if Task.isCancelled || finding.code == .interrupted { throw Self.interrupted }
        result.findings.append(RehearsalFindings.ofFailure(finding, of: step, phase))
        return failure.effect == .unchanged ? .unchanged : .stopped
    }

    private static let interrupted = Diagnostics([
        Diagnostic(.interrupted, "the rehearsal was interrupted", help: ["again: apus test"])
    ])

    // MARK: The user's tests

    /// The problem that a fixture has, where one has.
    private func runFixtures(of version: SemanticVersion) async throws(Diagnostics) -> Diagnostic? {
        for file in tests where file.version == version && !file.fixture.isEmpty {
            do throws(TestFailure) {
                try await database.perform(file.fixture, of: file.source)
            } catch {
                if Task.isCancelled { throw Self.interrupted }
                return RehearsalFindings.ofFixture(error, in: file, migrator.driver.engine)
            }
        }
        return nil
    }

    private func runAssertions(
        of version: SemanticVersion, _ report: inout RehearsalReport
    ) async throws(Diagnostics) {
        for file in tests where file.version == version {
            for assertion in file.assertions {
                let outcome = try await check(assertion, of: file)
                report.assertions.append(outcome)
                if let failure = outcome.failure { report.findings.append(failure) }
                events(.asserted(outcome))
            }
        }
    }

    /// How many of the rows that should not be there are shown.
    private static let shownRows = 5

    private func check(
        _ assertion: TestFile.Assertion, of file: TestFile
    ) async throws(Diagnostics) -> AssertionOutcome {
        let start = clock.now
        var outcome = AssertionOutcome(
            version: file.version, file: file.source.path, line: assertion.query.line,
            name: assertion.name, duration: .zero)
        do throws(TestFailure) {
            let rows = try await database.rows(
                of: assertion.query, in: file.source, limit: Self.shownRows)
            outcome.rows = rows
            if rows.count > 0 {
                outcome.failure = RehearsalFindings.ofAssertion(assertion, rows, in: file)
            }
        } catch {
            if Task.isCancelled { throw Self.interrupted }
            outcome.failure = RehearsalFindings.ofQuery(
                error, assertion, in: file, migrator.driver.engine)
        }
        outcome.duration = clock.now - start
        return outcome
    }

    // MARK: Rows

    private func begin(_ plan: Plan, _ session: any DatabaseSession) async throws(Diagnostics)
        -> RunID
    {
        try await asking { () async throws(DatabaseError) in
            try await session.prepareRegistry()
            return try await session.beginRun(
                RunStart(
                    kind: .migrate, summary: "Rehearses: \(plan.sentence)",
                    planDigest: plan.digest, from: plan.from, to: plan.to,
                    steps: plan.steps.count, startedBy: migrator.options.startedBy,
                    applicationVersion: nil, toolVersion: migrator.options.toolVersion))
        }
    }

    private func end(
        _ run: RunID, _ session: any DatabaseSession, _ status: RunStatus
    ) async throws(Diagnostics) {
        try await asking { () async throws(DatabaseError) in
            try await session.endRun(run, RunEnd(status: status))
        }
    }
}
