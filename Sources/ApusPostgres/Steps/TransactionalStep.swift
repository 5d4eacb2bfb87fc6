import ApusCore
import ApusEngine

extension PostgresSession {
    /// Takes steps, each in one transaction together with its record; one again where a lock timed out,
    /// and those behind it with it.
    func performInTransactions(_ formation: Formation) {
        var retries = LockRetries(limit: formation.current.options.lockRetries)
        var step = formation.next
        while true {
            do throws(AttemptFailure) {
                try attempt(formation)
                return
            } catch {
                failpoint("postgres.step.failed")
                if error.error.code == .connectionLost {
                    resolve(error, formation)
                    return
                }
                var failure = error
                rollBack()
                failpoint("postgres.step.rolled-back")
                let work = formation.current
                if formation.next > step {
                    step = formation.next
                    retries = LockRetries(limit: work.options.lockRetries)
                }
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
                formation.fail(explained(failure.error, failure, work))
                return
            }
        }
    }

    func rollBack() {
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
    /// holds until it is gone, and asks which of the transactions were committed. The server took them
    /// in their order, so that behind the first that was not there is none.
    private func resolve(_ failure: AttemptFailure, _ formation: Formation) {
        do throws(DatabaseError) {
            try reconnect()
        } catch {
            // Without COMMIT nothing can have been committed, whatever became of the server.
            guard failure.commitWasSent else { return formation.fail(failure.failure(.unchanged)) }
            return formation.fail(
                failure.unknown("connecting again failed: \(error.message)", formation))
        }
        guard failure.commitWasSent else { return undone(failure, formation) }
        var failure = failure
        while let answers = formation.currentAnswers, answers.commitWasSent {
            switch commitVerdict(of: formation.current, transactionID: answers.transactionID) {
            case .committed:
                formation.finish()
                // Where it was lost is no place in those behind it.
                (failure.index, failure.statement) = (nil, nil)
            case .rolledBack: return undone(failure, formation)
            case .unknown(let error):
                return formation.fail(failure.unknown(error?.message, formation))
            }
        }
        // One whose COMMIT was not sent yet.
        if formation.currentAnswers != nil { undone(failure, formation) }
    }

    private func undone(_ failure: AttemptFailure, _ formation: Formation) {
        noteFailure(failure.error, formation.current)
        formation.fail(failure.failure(.unchanged))
    }
}

extension AttemptFailure {
    /// Nobody could be asked whether the transaction was committed, nor those that were sent behind it.
    fileprivate func unknown(_ detail: String?, _ formation: Formation) -> StepFailure {
        var unknown = self
        let others = formation.commitsSent - 1
        let more =
            others > 0
            ? ["\(others) more migrations had been sent behind it, and may be committed as well"]
            : []
        let details = [detail].compactMap(\.self) + more
        unknown.error = .commitUnknown(
            detail: details.isEmpty ? nil : details.joined(separator: "\n"))
        return unknown.failure(.unknown)
    }
}
