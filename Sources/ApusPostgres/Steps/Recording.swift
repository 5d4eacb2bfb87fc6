public import ApusCore
public import ApusEngine

extension PostgresSession {
    public func record(
        _ steps: [Step], in run: RunID
    ) throws(DatabaseError) -> [StepOutcome] {
        try makeReady()
        let works = steps.map { step in
            StepWork(
                step: step, run: run, options: StepOptions(), report: { _ in },
                watch: StatementWatch(
                    address: address, serverProcess: serverProcess, report: { _ in }))
        }
        var commitWasSent = false
        do throws(DatabaseError) {
            try record(works, &commitWasSent)
        } catch  where error.code == .connectionLost {
            try resolve(error, works, commitWasSent: commitWasSent)
        }
        return works.map { work in
            StepOutcome(
                id: work.step.id, direction: work.step.direction, action: work.step.action,
                status: .done, startedAt: work.startedAt,
                duration: .microseconds(work.elapsed), statementsRun: 0)
        }
    }

    /// All rows in one transaction, a message for each step, because each may hold a whole file.
    private func record(
        _ works: [StepWork], _ commitWasSent: inout Bool
    ) throws(DatabaseError) {
        let connection = try connection
        try connection.execute("BEGIN READ WRITE")
        do throws(DatabaseError) {
            for work in works {
                let journal = journalRow(
                    work, .done, statementsDone: work.step.script.statementCount)
                let rows = recording(work, journal: journal, duration: String(work.elapsed))
                if let error = connection.batch(rows.script).error {
                    throw explained(error, recording: work.step)
                }
                failpoint("postgres.record.written")
            }
            commitWasSent = true
            guard try connection.execute("COMMIT").tag == "COMMIT" else {
                throw DatabaseError(.commitFailed, "the server rolled back what Apus recorded")
            }
        } catch {
            if connection.isInTransaction { connection.batch("ROLLBACK") }
            throw error
        }
    }

    /// The connection was lost: one row tells of all, because they were one transaction.
    private func resolve(
        _ error: DatabaseError, _ works: [StepWork], commitWasSent: Bool
    ) throws(DatabaseError) {
        let verdict: CommitVerdict
        do throws(DatabaseError) {
            try reconnect()
            verdict =
                works.last.map { commitVerdict(of: $0, transactionID: nil) } ?? .rolledBack
        } catch {
            verdict = .unknown(error)
        }
        switch verdict {
        case .committed: return
        case .unknown(let reason) where commitWasSent:
            throw .commitUnknown(detail: reason?.message)
        case .rolledBack, .unknown: throw error
        }
    }
}
