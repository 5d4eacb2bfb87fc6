import ApusCore
import ApusEngine

extension PostgresSession {
    /// Takes a step statement by statement: the intent is committed first, each completed statement
    /// after it, and the history row last. Whatever ends it in between leaves a row that says how far
    /// it came, where the next run goes on.
    func performAlone(_ work: StepWork) -> StepEnd {
        var end = StepEnd()
        var intent: StepIntent
        do throws(DatabaseError) {
            failpoint("postgres.alone.before-intent")
            intent = try begin(work)
            failpoint("postgres.alone.intent")
            try connection.execute(work.timeouts("SET").script)
        } catch {
            end.failure = StepFailure(error: error, effect: .unchanged)
            if error.code == .connectionLost, reconnectForTheRest(), isOpen(work) {
                end.failure?.effect = .partial(statementsDone: work.step.firstStatement)
            }
            return end
        }

        var statements = StatementCursor(work.step.script)
        var index = 0
        while let statement = statements.next(in: work.step.source) {
            defer { index += 1 }
            let traces = StatementTraces(statement, of: work.step.source)
            if let held = work.step.heldBefore, index >= held { return end }
            guard index >= work.step.firstStatement else {
                guard traces.setsSession else { continue }
                do throws(DatabaseError) {
                    _ = try connection.run(statement, of: work.step.source)
                    continue
                } catch {
                    end.failure = stopped(
                        error, (index, statement), intent, work, mayHaveEffect: false)
                    return end
                }
            }
            var isAlone = !traces.canShareTransaction
            do throws(DatabaseError) {
                try run(statement, index, intent, work, isAlone: &isAlone)
            } catch {
                var error = error
                let isInDoubt = isAlone && intent.isInDoubt(index, of: work.step)
                if isInDoubt, traces.isDone(accordingTo: error) {
                    work.report(
                        .notice(
                            "statement \(index + 1) was done by an earlier run: \(error.message)"))
                } else {
                    if isInDoubt, error.isAboutExistence { error.help += Self.doubt(index) }
                    end.failure = stopped(
                        error, (index, statement), intent, work,
                        mayHaveEffect: traces.canOutliveFailure || error.code == .invalidIndex)
                    return end
                }
            }
            failpoint("postgres.alone.statement-done")
            end.statementsRun += 1
            intent.done = index + 1
            guard isAlone else { continue }
            do throws(DatabaseError) {
                try note(intent, .started, work)
                failpoint("postgres.alone.statement-noted")
            } catch {
                end.failure = stopped(error, nil, intent, work, mayHaveEffect: true)
                return end
            }
        }

        intent.done = index
        do throws(DatabaseError) {
            try finish(intent, work)
            failpoint("postgres.alone.recorded")
        } catch {
            end.failure = stopped(error, nil, intent, work, mayHaveEffect: true)
        }
        return end
    }

    private func begin(_ work: StepWork) throws(DatabaseError) -> StepIntent {
        let step = work.step
        if step.elapsedBefore > .zero, let entry = try heldRow(of: work) {
            return StepIntent(entry: entry, isResumed: false, done: step.firstStatement)
        }
        let row = journalRow(work, .started, statementsDone: step.firstStatement)
        let results = try writing(
            "\(settling(step.id, direction: step.direction, by: work.run)); \(row) RETURNING entry")
        guard let entry = results.last?.integer(0, 0) else {
            throw DatabaseError(.internalError, "the server gave the journal row no number")
        }
        return StepIntent(
            entry: entry, isResumed: results.first?.affected ?? 0 > 0, done: step.firstStatement)
    }

    /// The row of a step that this run has begun and held.
    private func heldRow(of work: StepWork) throws(DatabaseError) -> Int64? {
        let step = work.step
        return try connection.execute(
            """
            SELECT j.entry FROM \(names.journal) j WHERE j.run = \(work.run) \
            AND \(Self.isUnfinished) AND j.migration = \(step.id.description.sqlLiteral) \
            AND j.direction = '\(step.direction.rawValue)'
            """
        ).integer(0, 0)
    }

    /// Whether the step's row was written although its answer was lost: the step counts as begun.
    private func isOpen(_ work: StepWork) -> Bool {
        let step = work.step
        let rows = try? connection.execute(
            """
            SELECT FROM \(names.journal) j WHERE j.run = \(work.run) AND \(Self.isUnfinished) \
            AND j.migration = \(step.id.description.sqlLiteral) \
            AND j.direction = '\(step.direction.rawValue)'
            """)
        // Lost again: to say that it was begun is the safer mistake.
        return rows.map { $0.count > 0 } ?? true
    }

    /// One statement, with its note where it can, else alone; again where a lock timed out, with a wait
    /// in between that has no transaction.
    private func run(
        _ statement: Statement, _ index: Int, _ intent: StepIntent, _ work: StepWork,
        isAlone: inout Bool
    ) throws(DatabaseError) {
        var retries = LockRetries(limit: work.options.lockRetries)
        while true {
            do throws(DatabaseError) {
                if !isAlone { isAlone = try !runNoted(statement, index, intent, work) }
                guard isAlone else { return }
                return try runAlone(
                    statement, index, work, isInDoubt: intent.isInDoubt(index, of: work.step))
            } catch {
                guard error.isLockFailure, !cancellation.isRequested, let pause = retries.next()
                else { throw error }
                work.report(.retrying(attempt: retries.used, after: pause))
                work.watch.prepare()
                if cancellation.pause(for: pause) { throw .interrupted }
            }
        }
    }

    /// One statement in autocommit.
    private func runAlone(
        _ statement: Statement, _ index: Int, _ work: StepWork, isInDoubt: Bool
    ) throws(DatabaseError) {
        if let build = ConcurrentIndex(statement, of: work.step.source) {
            try run(build, statement, index, work, isInDoubt: isInDoubt)
        } else if StatementTraces(statement, of: work.step.source).isConcurrent {
            // A lock timeout would end in the middle what is made to wait.
            try withoutLockTimeout { () throws(DatabaseError) in
                try run(statement, index, work)
            }
        } else {
            try run(statement, index, work)
        }
        let connection = try connection
        guard connection.isInTransaction else { return }
        connection.batch("ROLLBACK")
        throw DatabaseError(
            .transactionControl, "the statement left a transaction open, which was rolled back")
    }

    /// Runs `body` with `lock_timeout` lifted, and puts back what the script may have set.
    func withoutLockTimeout(
        _ body: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let connection = try connection
        let before = try connection.execute("SHOW lock_timeout").text(0, 0) ?? "0"
        try connection.execute("SET lock_timeout = 0")
        defer {
            if connection.isAlive { connection.batch("SET lock_timeout = \(before.sqlLiteral)") }
        }
        try body()
    }

    /// Writes how far the step came, with our own rights even while a script has another role.
    private func note(
        _ intent: StepIntent, _ status: JournalEntry.Status, _ work: StepWork,
        message: String? = nil
    ) throws(DatabaseError) {
        let row = update(intent, status, work, message: message)
        try writing((SessionSettings.ownRole + [row]).script)
    }

    /// Writes the history row and closes the journal row. A lost answer is asked for.
    private func finish(_ intent: StepIntent, _ work: StepWork) throws(DatabaseError) {
        try reset()
        failpoint("postgres.alone.before-record")
        do throws(DatabaseError) {
            try writeRows(intent, work)
        } catch  where error.code == .connectionLost {
            do throws(DatabaseError) {
                try reconnect()
            } catch {
                throw .commitUnknown(detail: "connecting again failed: \(error.message)")
            }
            switch commitVerdict(of: work, transactionID: nil) {
            case .committed: return
            case .rolledBack: try writeRows(intent, work)
            case .unknown(let error): throw .commitUnknown(detail: error?.message)
            }
        }
    }

    private func writeRows(_ intent: StepIntent, _ work: StepWork) throws(DatabaseError) {
        do throws(DatabaseError) {
            let rows = recording(
                work,
                journal: update(intent, .done, work, message: work.step.journalNote),
                duration: String(work.elapsed))
            try writing(rows.script)
        } catch {
            throw explained(error, recording: work.step)
        }
    }

    /// Notes where the step stopped. One that did nothing is closed; any other stays open.
    private func stopped(
        _ error: DatabaseError, _ place: (index: Int, statement: Statement)?, _ intent: StepIntent,
        _ work: StepWork, mayHaveEffect: Bool
    ) -> StepFailure {
        var intent = intent
        let isLost = error.code == .connectionLost
        var effect = StepFailure.Effect.partial(statementsDone: intent.done)
        if error.code == .commitUnknown || isLost && !reconnectForTheRest() {
            effect = .unknown
        } else {
            if isLost {
                intent.done = statementsNoted(intent)
                effect = .partial(statementsDone: intent.done)
            }
            if intent.done == 0, !isLost, !mayHaveEffect { effect = .unchanged }
            do throws(DatabaseError) {
                if !isLost { try reset() }
                try note(
                    intent, effect == .unchanged ? .failed : .started, work, message: error.message)
                failpoint("postgres.alone.failure-noted")
            } catch {
                // The row stays as it was, which is never further than the truth.
            }
        }
        return StepFailure(
            error: work.watch.named(error), statementIndex: place?.index,
            statement: place?.statement,
            effect: effect)
    }

    /// So that the run can still be closed in the history.
    @discardableResult
    private func reconnectForTheRest() -> Bool {
        do throws(DatabaseError) {
            try reconnect()
            return true
        } catch {
            return false
        }
    }

    private static func doubt(_ index: Int) -> [String] {
        [
            "statement \(index + 1) may already have taken effect when an earlier run ended: "
                + "look at the database, and write the statement so that it can be repeated "
                + "(IF NOT EXISTS, IF EXISTS)"
        ]
    }
}

extension DatabaseError {
    /// Whether something is there that should not be, or is not there that should: what repeating
    /// a statement that had taken effect ends with.
    fileprivate var isAboutExistence: Bool {
        [
            "42P07", "42710", "42701", "42723", "42P06", "42704", "42P01", "42703", "42883",
            "3F000", "23505",
        ].contains(sqlState)
    }
}
