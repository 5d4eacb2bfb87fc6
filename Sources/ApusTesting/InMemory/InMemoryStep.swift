import ApusCore
import ApusEngine

/// One step on the values of an ``InMemoryDriver``.
struct InMemoryStep {
    let step: Step
    let run: RunID
    let options: StepOptions
    let store: InMemoryStore
    let failing: [String]
    let holding: [String]
    let report: @Sendable (StepEvent) -> Void

    private var isSequential: Bool { step.action == .run && step.script.transaction == .none }

    func perform() async -> StepOutcome {
        let (startedAt, start) = (Timestamp.now, ContinuousClock.now)
        let statementsBefore = store.read(\.statements)
        if isSequential {
            store.change { content in
                content.settle(step.id, step.direction)
                content.journal.append(row(.started, done: step.firstStatement, startedAt, nil))
            }
        }

        var failure: StepFailure?
        var done = step.firstStatement
        if step.action == .run {
            for (index, statement) in step.script.statements(in: step.source).enumerated()
                .prefix(step.heldBefore ?? .max).dropFirst(done)
            {
                let text = step.source.text(statement.range)
                report(.statementStarted(index: index, of: step.script.statementCount))
                if let error = await error(of: statement, text) {
                    failure = StepFailure(
                        error: error, statementIndex: index, statement: statement,
                        effect: isSequential && done > 0
                            ? .partial(statementsDone: done) : .unchanged)
                    break
                }
                done = index + 1
                let completed = done
                store.change { content in
                    content.statements.append(text)
                    if isSequential {
                        content.journal[content.journal.count - 1].entry.statementsDone = completed
                    }
                }
                report(
                    .statementFinished(
                        index: index, of: step.script.statementCount, duration: .zero, rows: nil))
            }
        }

        let (duration, completed) = (ContinuousClock.now - start + step.elapsedBefore, done)
        let isHeld = step.heldBefore != nil && failure == nil
        if failure == nil, !isHeld,
            let refused = store.change({
                $0.record(step, run: run, at: startedAt, duration: duration)
            })
        {
            failure = StepFailure(error: refused, effect: .unchanged)
        }
        let end = failure
        store.change { content in
            if isSequential { content.journal.removeLast() }
            if end != nil, !isSequential { content.statements = statementsBefore }
            let status: JournalEntry.Status =
                switch end?.effect {
                case nil: isHeld ? .started : .done
                case .partial: .started
                default: .failed
                }
            var entry = row(status, done: completed, startedAt, status == .started ? nil : duration)
            entry.entry.message = end == nil ? step.journalNote : end?.error.message
            content.journal.append(entry)
        }
        return StepOutcome(
            id: step.id, direction: step.direction, action: step.action,
            status: end.map { .failed($0) } ?? .done, startedAt: startedAt, duration: duration,
            statementsRun: completed - step.firstStatement)
    }

    /// Why a statement fails, if it does.
    private func error(of statement: Statement, _ text: String) async -> DatabaseError? {
        switch statement.kind {
        case .begin, .commit, .otherTransactionControl:
            return DatabaseError(
                .statementFailed, "the statement ended the migration's transaction")
        default: break
        }
        for word in failing {
            guard let place = text.firstRange(of: word) else { continue }
            return DatabaseError(
                .statementFailed, "told to fail at \(word)", sqlState: "MEMRY",
                position: text.unicodeScalars.distance(from: text.startIndex, to: place.lowerBound)
                    + 1)
        }
        if holding.contains(where: { text.contains($0) }) {
            let limit = step.script.statementTimeout ?? options.statementTimeout
            do {
                try await Task.sleep(for: limit > .zero ? limit : .seconds(86_400))
                return DatabaseError(.statementFailed, "the statement took longer than its limit")
            } catch {
                return DatabaseError(.interrupted, "cancelled")
            }
        }
        return Task.isCancelled ? DatabaseError(.interrupted, "cancelled") : nil
    }

    private func row(
        _ status: JournalEntry.Status, done: Int, _ startedAt: Timestamp, _ duration: Duration?
    ) -> InMemoryStore.JournalRow {
        InMemoryStore.JournalRow(
            run: run, meaning: step.script.meaning,
            entry: JournalEntry(
                migration: step.id, direction: step.direction, status: status,
                statementsDone: done, statementCount: step.script.statementCount,
                startedAt: startedAt, duration: duration, message: nil))
    }
}
