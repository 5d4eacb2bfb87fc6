public import ApusCore
public import ApusEngine

/// One step while it is being performed.
struct StepWork {
    let step: Step
    let run: RunID
    let options: StepOptions
    let report: (StepEvent) -> Void
    let watch: StatementWatch
    /// Whether it is sent while the server may still be working at another step: only the server knows
    /// then when it begins.
    var isAhead = false
    /// Whether it leaves the session as it found it, event triggers apart.
    let isQuiet: Bool
    private(set) var startedAt = Timestamp.now
    private var start = ContinuousClock.now

    init(
        step: Step, run: RunID, options: StepOptions, report: @escaping (StepEvent) -> Void,
        watch: StatementWatch
    ) {
        self.step = step
        self.run = run
        self.options = options
        self.report = report
        self.watch = watch
        isQuiet = QuietRule.admits(step)
    }

    /// The step's own time begins.
    mutating func beginNow() {
        startedAt = .now
        start = .now
    }

    /// Whole microseconds since the step began.
    var elapsed: Int64 { (ContinuousClock.now - start + step.elapsedBefore).microseconds }

    /// Whether the step's locks are read behind each of its statements.
    var tracesLocks: Bool {
        options.tracesLocks && step.action == .run && step.script.transaction == .wrapped
    }

    var lockTimeout: Duration { step.script.lockTimeout ?? options.lockTimeout }
    var statementTimeout: Duration { step.script.statementTimeout ?? options.statementTimeout }

    func outcome(
        _ status: StepOutcome.Status, statementsRun: Int, locks: [MeasuredLock]? = nil
    ) -> StepOutcome {
        StepOutcome(
            id: step.id, direction: step.direction, action: step.action, status: status,
            startedAt: startedAt, duration: .microseconds(elapsed), statementsRun: statementsRun,
            locks: locks)
    }

    /// `SET LOCAL …` or `SET …` of both timeouts: stated even where they are zero, because a role's
    /// default must not kill a migration.
    func timeouts(_ scope: String) -> [String] {
        [
            "\(scope) lock_timeout = \(lockTimeout.sqlTimeout)",
            "\(scope) statement_timeout = \(statementTimeout.sqlTimeout)",
        ]
    }
}

/// How far a step without a transaction came.
struct StepEnd {
    var failure: StepFailure?
    var statementsRun = 0
}

extension PostgresSession {
    public func perform(
        _ step: Step, in run: RunID, options: StepOptions,
        report: @escaping @Sendable (StepEvent) -> Void
    ) async throws(DatabaseError) -> StepOutcome {
        try await performing { () throws(DatabaseError) in
            let work = work(step, run, options, report)
            guard step.action == .run, step.script.transaction == .none else {
                return perform(Formation([work]) { _ in })[0]
            }
            if cancellation.isRequested {
                return work.outcome(.failed(.interruptedBefore), statementsRun: 0)
            }
            isClean = false
            let end = performAlone(work)
            return work.outcome(
                end.failure.map { .failed($0) } ?? .done, statementsRun: end.statementsRun)
        }
    }

    public func perform(
        _ steps: [Step], in run: RunID, options: StepOptions,
        report: @escaping @Sendable (StretchEvent) -> Void
    ) async throws(DatabaseError) -> [StepOutcome] {
        let together = steps.prefix { $0.solitude == nil }
        // Once something is stored that differs, it has to be followed behind each step.
        guard together.count > 1, !mayHaveStoredSettings else {
            return [
                try await performFirst(of: steps, in: run, options: options, report: report)
            ]
        }
        return try await performing { () throws(DatabaseError) in
            let works = together.enumerated().map { place, step in
                work(step, run, options) { report(.step(place, $0)) }
            }
            return perform(Formation(works, tell: report))
        }
    }

    /// Runs `body` in a session that is ready for a step, and leaves it so.
    private func performing<Outcome: Sendable>(
        _ body: () throws(DatabaseError) -> Outcome
    ) async throws(DatabaseError) -> Outcome {
        try await cancellable { () throws(DatabaseError) in
            try makeReady()
            let outcome = try body()
            if !isClean, connectionIsAlive {
                // Failing here is no failure of this step: the next one looks again before it begins.
                do { try reset() } catch {}
                failpoint("postgres.step.reset")
            }
            return outcome
        }
    }

    private func work(
        _ step: Step, _ run: RunID, _ options: StepOptions,
        _ report: @escaping @Sendable (StepEvent) -> Void
    ) -> StepWork {
        let watch = StatementWatch(address: address, serverProcess: serverProcess, report: report)
        return StepWork(step: step, run: run, options: options, report: report, watch: watch)
    }

    private func perform(_ formation: Formation) -> [StepOutcome] {
        if cancellation.isRequested {
            formation.fail(.interruptedBefore)
        } else {
            performInTransactions(formation)
        }
        return formation.outcomes
    }

    /// Runs one statement of a script and tells of it.
    func run(_ statement: Statement, _ index: Int, _ work: StepWork) throws(DatabaseError) {
        guard !cancellation.isRequested else { throw .interrupted }
        let count = work.step.script.statementCount
        let connection = try connection
        expectStoredSettings(of: statement, work)
        work.report(.statementStarted(index: index, of: count))
        let start = ContinuousClock.now
        let rows = try watched(work, on: connection) { () throws(DatabaseError) in
            try connection.notices.deliver(to: { work.report(.notice($0)) }) {
                () throws(DatabaseError) in
                try connection.run(statement, of: work.step.source)
            }
        }
        work.report(
            .statementFinished(
                index: index, of: count, duration: ContinuousClock.now - start, rows: rows))
    }

    func expectStoredSettings(of statement: Statement, _ work: StepWork) {
        if !mayHaveStoredSettings,
            StoredSettings.mayBeChanged(by: statement, of: work.step.source)
        {
            mayHaveStoredSettings = true
        }
    }
}

extension StepFailure {
    /// The task was cancelled before anything was sent.
    fileprivate static var interruptedBefore: StepFailure {
        StepFailure(error: .interrupted, effect: .unchanged)
    }
}

extension DatabaseError {
    static var interrupted: DatabaseError {
        DatabaseError(.interrupted, "the migration was interrupted")
    }
}
