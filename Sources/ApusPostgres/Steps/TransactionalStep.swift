import ApusCore
import ApusEngine

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
            unknown.error = .commitUnknown(detail: "connecting again failed: \(error.message)")
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
            unknown.error = .commitUnknown(detail: error?.message)
            return unknown.failure(.unknown)
        }
    }
}
