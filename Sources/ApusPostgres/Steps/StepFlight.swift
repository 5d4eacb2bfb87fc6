import ApusCore
import ApusEngine

extension PostgresSession {
    /// Tries a step once: all that it sends, as one flight where it can be.
    func attempt(
        _ work: StepWork, _ end: inout StepEnd
    ) throws(AttemptFailure) {
        let connection: Connection
        do throws(DatabaseError) {
            connection = try self.connection
        } catch {
            throw AttemptFailure(error)
        }
        let answers = StepAnswers(work)
        defer { (end.statementsRun, end.locks) = (answers.statementsRun, answers.locks) }
        try watched(work, on: connection) { () throws(AttemptFailure) in
            try connection.notices.deliver(to: { work.report(.notice($0)) }) {
                () throws(AttemptFailure) in
                let flight = Flight(on: connection) { answers.take($0, $1) }
                try fly(flight, work, answers)
            }
        }
    }

    /// Sends all of a step in one flight, which lands only where a statement must be sent alone.
    private func fly(
        _ flight: Flight<StepCommand>, _ work: StepWork, _ answers: StepAnswers
    ) throws(AttemptFailure) {
        let startedAt = work.elapsed
        failpoint("postgres.step.before-begin")
        for command in ["BEGIN READ WRITE"] + work.timeouts("SET LOCAL") {
            flight.send(command, as: .preparation)
        }
        if work.step.action == .run { try sendStatements(flight, work, answers) }
        if cancellation.isRequested {
            try land(flight, answers, work)
            throw AttemptFailure(.interrupted)
        }
        failpoint("postgres.step.before-record")
        send(recordOf: work, startedAt: startedAt, on: flight)
        try commit(flight, answers, work)
    }

    private func sendStatements(
        _ flight: Flight<StepCommand>, _ work: StepWork, _ answers: StepAnswers
    ) throws(AttemptFailure) {
        var statements = StatementCursor(work.step.script)
        var index = 0
        var isTracing = false
        while flight.failure == nil, let statement = statements.next(in: work.step.source) {
            defer { index += 1 }
            guard index >= work.step.firstStatement else { continue }
            let command = StepCommand.statement(index, statement)
            let mayLock =
                answers.trace != nil && LockTrace.mayLock(statement, of: work.step.source)
            if mayLock, !isTracing {
                isTracing = true
                flight.send(LockTrace.start(without: names.schema), as: .relations)
            }
            if PipelineRule.admits(statement, of: work.step.source), !cancellation.isRequested {
                expectStoredSettings(of: statement, work)
                answers.willAnswer(index)
                flight.send(statement, of: work.step.source, as: command)
                if mayLock { flight.send(LockTrace.look, as: .locks(behind: index)) }
            } else {
                try land(flight, answers, work)
                try runAlone(statement, index, work)
                answers.ranAlone(index)
                if mayLock { try look(behind: index, answers) }
            }
        }
    }

    /// One statement on the ground, where it can be seen whether it ended the transaction.
    private func runAlone(
        _ statement: Statement, _ index: Int, _ work: StepWork
    ) throws(AttemptFailure) {
        do throws(DatabaseError) {
            try run(statement, index, work)
            guard try connection.isInTransaction else {
                throw DatabaseError(
                    .transactionControl, "the statement ended the migration's transaction")
            }
        } catch {
            throw AttemptFailure(error, at: index, statement)
        }
    }

    /// Asks for the locks on the ground: the first command of a flight would inherit from the statement that
    /// was sent alone that rows come one at a time, and are dropped.
    private func look(behind index: Int, _ answers: StepAnswers) throws(AttemptFailure) {
        do throws(DatabaseError) {
            answers.take(.locks(behind: index), try connection.execute(LockTrace.look))
        } catch {
            throw AttemptFailure(error)
        }
    }

    /// Sends the step's rows, and at last asks for the transaction's number.
    private func send(
        recordOf work: StepWork, startedAt: Int64, on flight: Flight<StepCommand>
    ) {
        // Written before it is over, so that the server has to say how long it took.
        let duration = """
            greatest(0, \(startedAt) + (extract(epoch FROM pg_catalog.clock_timestamp() - \
            pg_catalog.transaction_timestamp()) * 1000000)::bigint)
            """
        let journal = journalRow(
            work, .done, statementsDone: work.step.statementsWhenDone, duration: duration,
            message: work.step.journalNote)
        // A script may have chosen another encoding for its own bytes.
        for command in SessionSettings.ownRole + ["SET LOCAL client_encoding = 'UTF8'"] {
            flight.send(command, as: .preparation)
        }
        for command in recording(work, journal: journal, duration: duration) {
            flight.send(command, as: .record)
        }
        if work.tracesLocks { flight.send(LockTrace.end, as: .moment) }
        flight.send(
            "SELECT pg_catalog.pg_current_xact_id()::text", as: .transactionID, atOnce: true)
    }

    /// Commits, and cleans the session in the same flight. Only the tag COMMIT is success: a server
    /// answers ROLLBACK, without any error, where the transaction had already failed.
    func commit(
        _ flight: Flight<StepCommand>, _ answers: StepAnswers, _ work: StepWork
    ) throws(AttemptFailure) {
        failpoint("postgres.step.before-commit")
        answers.commitWasSent = flight.failure == nil
        flight.send("COMMIT", as: .commit)
        for command in cleaning { flight.send(command, as: .cleaning) }
        flight.send(inspection, as: .inspection)
        try land(flight, answers, work)
        guard answers.commitTag == "COMMIT" else {
            throw AttemptFailure(
                DatabaseError(
                    .commitFailed,
                    "the server answered COMMIT with \(answers.commitTag ?? "nothing")",
                    detail: "the transaction had failed before, and nothing of it was kept"))
        }
        guard flight.failure == nil, let inspection = answers.inspection else { return }
        // A lost lock is no failure of what is committed: the next step finds it out again.
        do { try noteReset(inspection) } catch {}
    }

    /// Waits for what is outstanding. What fails behind an answered COMMIT is no failure of the step:
    /// the session is not clean then, and the next step begins with cleaning it.
    private func land(
        _ flight: Flight<StepCommand>, _ answers: StepAnswers, _ work: StepWork
    ) throws(AttemptFailure) {
        flight.land()
        guard let failure = flight.failure, answers.commitTag == nil else { return }
        throw AttemptFailure(failure, answers) { explained($0, recording: work.step) }
    }
}
