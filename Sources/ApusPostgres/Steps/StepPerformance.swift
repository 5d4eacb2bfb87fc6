public import ApusCore
public import ApusEngine

/// One step while it is being performed.
struct StepWork {
    let step: Step
    let run: RunID
    let options: StepOptions
    let report: (StepEvent) -> Void
    let watch: StatementWatch
    let startedAt = Timestamp.now
    let start = ContinuousClock.now

    /// Whole microseconds since the step began.
    var elapsed: Int64 { (ContinuousClock.now - start + step.elapsedBefore).microseconds }

    /// Whether the step's locks are read behind each of its statements.
    var tracesLocks: Bool {
        options.tracesLocks && step.action == .run && step.script.transaction == .wrapped
    }

    var lockTimeout: Duration { step.script.lockTimeout ?? options.lockTimeout }
    var statementTimeout: Duration { step.script.statementTimeout ?? options.statementTimeout }

    /// `SET LOCAL …` or `SET …` of both timeouts: stated even where they are zero, because a role's
    /// default must not kill a migration.
    func timeouts(_ scope: String) -> [String] {
        [
            "\(scope) lock_timeout = \(lockTimeout.sqlTimeout)",
            "\(scope) statement_timeout = \(statementTimeout.sqlTimeout)",
        ]
    }
}

/// How far a step came.
struct StepEnd {
    var failure: StepFailure?
    var statementsRun = 0
    /// `nil` where they were not traced.
    var locks: [MeasuredLock]?
}

extension PostgresSession {
    public func perform(
        _ step: Step, in run: RunID, options: StepOptions,
        report: @escaping @Sendable (StepEvent) -> Void
    ) async throws(DatabaseError) -> StepOutcome {
        try await cancellable { () throws(DatabaseError) in
            try makeReady()
            let watch = StatementWatch(
                address: address, serverProcess: serverProcess, report: report)
            let work = StepWork(
                step: step, run: run, options: options, report: report, watch: watch)
            let end = perform(work)
            if !isClean, connectionIsAlive {
                // Failing here is no failure of this step: the next one looks again before it begins.
                do { try reset() } catch {}
                failpoint("postgres.step.reset")
            }
            return StepOutcome(
                id: step.id, direction: step.direction, action: step.action,
                status: end.failure.map { .failed($0) } ?? .done, startedAt: work.startedAt,
                duration: .microseconds(work.elapsed), statementsRun: end.statementsRun,
                locks: end.failure == nil ? end.locks : nil)
        }
    }

    private func perform(_ work: StepWork) -> StepEnd {
        if cancellation.isRequested {
            return StepEnd(failure: StepFailure(error: .interrupted, effect: .unchanged))
        }
        isClean = false
        if work.step.action != .run || work.step.script.transaction == .wrapped {
            return performInTransaction(work)
        }
        return performAlone(work)
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

extension DatabaseError {
    static var interrupted: DatabaseError {
        DatabaseError(.interrupted, "the migration was interrupted")
    }
}
