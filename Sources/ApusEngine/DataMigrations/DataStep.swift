import ApusCore

/// Takes a step whose up section has batches: what stands before them, the batches, the queries that
/// verify them, and the row of the history.
struct DataStep {
    let session: any DatabaseSession
    let step: Step
    let data: DataScript
    let run: RunID
    let options: StepOptions
    let handlers: [any DataMigration]
    let report: @Sendable (StepEvent) -> Void
    private let start = ContinuousClock.now
    private let startedAt = Timestamp.now

    init(
        _ data: DataScript, of step: Step, in session: any DatabaseSession, run: RunID,
        _ options: StepOptions, _ handlers: [any DataMigration],
        report: @escaping @Sendable (StepEvent) -> Void
    ) {
        self.data = data
        self.step = step
        self.session = session
        self.run = run
        self.options = options
        self.handlers = handlers
        self.report = report
    }

    func perform() async throws(DatabaseError) -> StepOutcome {
        let works: [(DataScript.Batched, BatchWork)]
        do throws(DatabaseError) {
            // What needs a handler that is not here is begun only where the batches are left.
            works = try data.batched.map { (batched) throws(DatabaseError) in
                var batched = batched
                if step.leavesBatches { batched.clause.handler = nil }
                return (batched, try data.work(batched, of: step.id, run: run, options, handlers))
            }
            if step.firstStatement == 0 {
                for clause in data.keysToCheckEarly { try await session.checkKey(of: clause) }
            }
        } catch {
            return failed(error, .unchanged, ran: 0)
        }
        var before = step
        before.heldBefore = data.batched[0].index
        before.firstStatement = min(step.firstStatement, data.batched[0].index)
        let first = try await session.perform(before, in: run, options: options, report: report)
        guard first.failure == nil else { return first }
        failpoint("data.held")

        var ran = first.statementsRun
        for (batched, work) in works {
            do throws(DatabaseError) {
                try await take(batched, work)
                ran += 1
            } catch {
                return failed(
                    error, .partial(statementsDone: batched.index), ran: ran, at: batched)
            }
        }
        if !step.leavesBatches {
            do throws(DatabaseError) {
                try await data.verify(in: session)
                if let last = data.batched.last {
                    try await session.completeBatches(step.id, statement: last.index)
                }
            } catch {
                let done = data.verifications.first?.index ?? step.script.statementCount
                return failed(error, .partial(statementsDone: done), ran: ran)
            }
        }
        failpoint("data.done")
        var after = step
        after.firstStatement = step.script.statementCount
        after.elapsedBefore = max(.microseconds(1), ContinuousClock.now - start)
        var outcome = try await session.perform(after, in: run, options: options, report: report)
        outcome.statementsRun += ran
        return outcome
    }

    private func take(
        _ batched: DataScript.Batched, _ work: BatchWork
    ) async throws(DatabaseError) {
        let progress = try await session.beginBatches(work)
        guard progress.state != .done, !step.leavesBatches else { return }
        switch progress.state {
        case .paused, .cancelled:
            throw DatabaseError(
                .dataStopped, "it was \(progress.state.rawValue) after \(progress.rowsDone) rows",
                help: ["apus data resume \(step.id)"])
        case .failed: _ = try await session.change(step.id, .resume)
        case .open, .done: break
        }
        report(.statementStarted(index: batched.index, of: step.script.statementCount))
        let begun = ContinuousClock.now
        let loop = BatchLoop(
            session: session, work: work, isBackground: false, lockRetries: options.lockRetries,
            report: report)
        switch try await loop.run() {
        case .exhausted:
            // The last one is done when it is verified.
            if batched.index != data.batched.last?.index {
                try await session.completeBatches(step.id, statement: batched.index)
            }
            report(
                .statementFinished(
                    index: batched.index, of: step.script.statementCount,
                    duration: ContinuousClock.now - begun, rows: nil))
        case .stopped(let state):
            throw DatabaseError(
                .dataStopped, "it was \(state.rawValue) meanwhile",
                help: ["apus data resume \(step.id)"])
        }
    }

    private func failed(
        _ error: DatabaseError, _ effect: StepFailure.Effect, ran: Int,
        at batched: DataScript.Batched? = nil
    ) -> StepOutcome {
        StepOutcome(
            id: step.id, direction: step.direction, action: step.action,
            status: .failed(
                StepFailure(
                    error: error, statementIndex: batched?.index, statement: batched?.statement,
                    effect: effect)), startedAt: startedAt,
            duration: ContinuousClock.now - start, statementsRun: ran)
    }
}
