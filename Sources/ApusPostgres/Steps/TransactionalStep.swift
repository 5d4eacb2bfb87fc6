import ApusCore
import ApusEngine

/// Why one attempt at a transaction failed, and what is known of it.
private struct AttemptFailure: Error {
    var error: DatabaseError
    var index: Int?
    var statement: Statement?
    /// The server's number for the transaction, known once the history row is written.
    var transactionID: String?
    /// From then on the transaction may have been committed although no answer came.
    var commitWasSent = false

    init(_ error: DatabaseError, at index: Int? = nil, _ statement: Statement? = nil) {
        self.error = error
        self.index = index
        self.statement = statement
    }

    func failure(_ effect: StepFailure.Effect) -> StepFailure {
        StepFailure(error: error, statementIndex: index, statement: statement, effect: effect)
    }
}

extension PostgresSession {
    /// Takes a step in one transaction, together with its record; again where a lock timed out.
    func performInTransaction(_ work: StepWork) -> StepEnd {
        var end = StepEnd()
        var retries = LockRetries(limit: work.options.lockRetries)
        while true {
            do throws(AttemptFailure) {
                try attempt(work, &end)
                return end
            } catch {
                failpoint("postgres.step.failed")
                if error.error.code == .connectionLost {
                    end.failure = resolve(error, work)
                    return end
                }
                var failure = error
                rollBack()
                failpoint("postgres.step.rolled-back")
                if failure.error.isLockFailure, !cancellation.isRequested,
                    let pause = retries.next()
                {
                    work.report(.retrying(attempt: retries.used, after: pause))
                    work.watch.prepare()
                    if !cancellation.pause(for: pause) {
                        do throws(DatabaseError) {
                            try reset()
                            continue
                        } catch {
                            failure.error = error
                        }
                    } else {
                        failure.error = .interrupted
                    }
                }
                end.failure = explained(failure.error, failure, work)
                return end
            }
        }
    }

    private func attempt(
        _ work: StepWork, _ end: inout StepEnd
    ) throws(AttemptFailure) {
        end.statementsRun = 0
        let connection: Connection
        do throws(DatabaseError) {
            connection = try self.connection
            failpoint("postgres.step.before-begin")
            try connection.execute("BEGIN READ WRITE; \(work.timeouts("SET LOCAL"))")
        } catch {
            throw AttemptFailure(error)
        }
        failpoint("postgres.step.begun")
        if work.step.action == .run { try runStatements(work, &end) }
        let transactionID: String?
        do throws(DatabaseError) {
            guard !cancellation.isRequested else { throw .interrupted }
            failpoint("postgres.step.before-record")
            transactionID = try record(work, statementsDone: work.step.script.statementCount)
        } catch {
            throw AttemptFailure(error)
        }
        do throws(DatabaseError) {
            failpoint("postgres.step.recorded")
            try commit(connection)
            failpoint("postgres.step.committed")
        } catch {
            var failure = AttemptFailure(error)
            failure.transactionID = transactionID
            failure.commitWasSent = true
            throw failure
        }
    }

    private func runStatements(
        _ work: StepWork, _ end: inout StepEnd
    ) throws(AttemptFailure) {
        var statements = StatementCursor(work.step.script)
        var index = 0
        while let statement = statements.next(in: work.step.source) {
            defer { index += 1 }
            guard index >= work.step.firstStatement else { continue }
            do throws(DatabaseError) {
                try run(statement, index, work)
                guard try connection.isInTransaction else {
                    throw DatabaseError(
                        .transactionControl, "the statement ended the migration's transaction")
                }
            } catch {
                throw AttemptFailure(error, at: index, statement)
            }
            failpoint("postgres.step.statement-done")
            end.statementsRun += 1
        }
    }

    /// Writes the step's rows inside the transaction that is open; its number.
    func record(_ work: StepWork, statementsDone: Int) throws(DatabaseError) -> String? {
        let connection = try connection
        if !connection.speaksUTF8 { try connection.execute("SET LOCAL client_encoding = 'UTF8'") }
        let rows = recording(
            work, journal: journalRow(work, .done, statementsDone: statementsDone))
        let batch = connection.batch(
            "\(SessionSettings.ownRole)SELECT pg_catalog.pg_current_xact_id()::text; \(rows)")
        if let error = batch.error {
            throw error.sqlState == "23505" ? fenced(work.step) : error
        }
        try checkRecorded(Array(batch.results.dropFirst(3)), work.step)
        return batch.results.dropFirst(2).first?.text(0, 0)
    }

    /// Commits, and cleans the session in the same round trip. Only the tag COMMIT is success: a
    /// server answers ROLLBACK, without any error, where the transaction had already failed.
    func commit(_ connection: Connection) throws(DatabaseError) {
        let batch = connection.batch("COMMIT; \(resetSQL)")
        guard let answer = batch.results.first else {
            var error = batch.error ?? .lost(connection)
            if error.code != .connectionLost { error.code = .commitFailed }
            throw error
        }
        guard answer.tag == "COMMIT" else {
            throw DatabaseError(
                .commitFailed, "the server answered COMMIT with \(answer.tag)",
                detail: "the transaction had failed before, and nothing of it was kept")
        }
        guard batch.error == nil, let last = batch.results.last else { return }
        // A lost lock is no failure of what is committed: the next step finds it out again.
        do { try noteReset(last) } catch {}
    }

    private func rollBack() {
        guard let connection = try? connection, connection.isInTransaction else { return }
        connection.batch("ROLLBACK")
    }

    private func explained(
        _ error: DatabaseError, _ failure: AttemptFailure, _ work: StepWork
    ) -> StepFailure {
        var failure = failure
        failure.error = work.watch.named(error)
        // What a statement committed behind our back stays.
        let effect: StepFailure.Effect =
            error.code == .transactionControl
            ? .partial(statementsDone: (failure.index ?? 0) + 1) : .unchanged
        noteFailure(error, work)
        return failure.failure(effect)
    }

    /// Writes a journal row for a step that was rolled back; without it the report still knows.
    private func noteFailure(_ error: DatabaseError, _ work: StepWork) {
        do throws(DatabaseError) {
            try reset()
            try writing(journalRow(work, .failed, statementsDone: 0, message: error.message))
        } catch {}
    }

    /// The connection went away: connects again, takes the lock again, which the old server process
    /// holds until it is gone, and asks whether the transaction was committed.
    private func resolve(_ failure: AttemptFailure, _ work: StepWork) -> StepFailure? {
        do throws(DatabaseError) {
            try reconnect()
        } catch {
            // Without COMMIT nothing can have been committed, whatever became of the server.
            guard failure.commitWasSent else { return failure.failure(.unchanged) }
            var unknown = failure
            unknown.error = DatabaseError(
                .commitUnknown, "the connection was lost while the server was committing",
                detail: "connecting again failed: \(error.message)", help: ["apus status"])
            return unknown.failure(.unknown)
        }
        guard failure.commitWasSent else {
            noteFailure(failure.error, work)
            return failure.failure(.unchanged)
        }
        switch commitVerdict(of: work, transactionID: failure.transactionID) {
        case .committed: return nil
        case .rolledBack:
            noteFailure(failure.error, work)
            return failure.failure(.unchanged)
        case .unknown(let error):
            var unknown = failure
            unknown.error = DatabaseError(
                .commitUnknown, "the connection was lost while the server was committing",
                detail: error?.message, help: ["apus status"])
            return unknown.failure(.unknown)
        }
    }
}
