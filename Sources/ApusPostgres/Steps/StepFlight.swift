import ApusCore
import ApusEngine

extension PostgresSession {
    /// Tries the steps that are not over once: all that they send, as one flight where it can be. Ends
    /// early, without an error, where the session has to be looked at before the next step.
    func attempt(_ formation: Formation) throws(AttemptFailure) {
        let connection: Connection
        do throws(DatabaseError) {
            connection = try self.connection
        } catch {
            throw AttemptFailure(error)
        }
        isClean = false
        formation.takeOff(trustsDefinitions: !hasEventTriggers)
        try watched(formation, on: connection) { () throws(AttemptFailure) in
            try connection.notices.deliver(to: { formation.current.report(.notice($0)) }) {
                () throws(AttemptFailure) in
                let flight = Flight(on: connection) { formation.take($0, $1) }
                try fly(flight, formation)
            }
        }
    }

    /// Sends one step behind the other, as long as nothing is known to have failed.
    private func fly(
        _ flight: Flight<StepCommand>, _ formation: Formation
    ) throws(AttemptFailure) {
        let mayHaveStoredSettings = mayHaveStoredSettings
        var areAsked = false
        // What was asked of a flight that failed is asked again.
        defer {
            if !isClean, areAsked || mayHaveStoredSettings { self.mayHaveStoredSettings = true }
        }
        let first = formation.next
        for index in first..<formation.count {
            if index > first {
                guard flight.failure == nil, formation.refusal == nil, !cancellation.isRequested
                else { break }
                if !formation.isQuiet(index - 1) {
                    areAsked = areAsked || self.mayHaveStoredSettings
                    sendTurn(on: flight)
                }
            }
            guard try fly(flight, formation, index) else { return }
        }
        if !(first..<formation.count).allSatisfy(formation.isQuiet) {
            for command in cleaning { flight.send(command, as: .cleaning) }
        }
        flight.send(inspection, as: .inspection)
        guard try land(flight, formation), let inspection = formation.inspection else { return }
        // A lost lock is no failure of what is committed: the next step finds it out again.
        do { try noteReset(inspection) } catch {}
    }

    /// Sends all of a step, and lands only where a statement must be sent alone. False where it was not
    /// begun, because the session has to be looked at first.
    private func fly(
        _ flight: Flight<StepCommand>, _ formation: Formation, _ index: Int
    ) throws(AttemptFailure) -> Bool {
        failpoint("postgres.step.before-begin")
        let answers = formation.send(index)
        let work = answers.work
        let startedAt = work.isAhead ? 0 : work.elapsed
        for command in ["BEGIN READ WRITE"] + work.timeouts("SET LOCAL") {
            flight.send(command, as: .preparation)
        }
        if work.step.action == .run {
            guard try sendStatements(flight, formation, answers) else { return false }
        }
        if cancellation.isRequested {
            guard try land(flight, formation) else { return false }
            throw AttemptFailure(.interrupted)
        }
        failpoint("postgres.step.before-record")
        send(recordOf: work, startedAt: startedAt, on: flight)
        failpoint("postgres.step.before-commit")
        answers.commitWasSent = flight.failure == nil
        // Nobody shall wait for a long statement of the next step to know that this one is done.
        flight.send("COMMIT", as: .commit, atOnce: formation.isQuiet(index))
        return true
    }

    /// Cleans the session between two steps of which the first may have left something in it, in a transaction of its own: what stands between COMMIT and
    /// BEGIN would become a part of the transaction behind it. Its last question the server answers
    /// with an error unless the next step may begin, and then skips all that is behind it.
    private func sendTurn(on flight: Flight<StepCommand>) {
        flight.send("BEGIN READ WRITE", as: .cleaning)
        for command in cleaning { flight.send(command, as: .cleaning) }
        flight.send(gate, as: .gate)
        // The same here.
        flight.send("COMMIT", as: .turn, atOnce: true)
        // It is asked again only for steps that may change it again.
        mayHaveStoredSettings = false
    }

    /// False where the step was not begun.
    private func sendStatements(
        _ flight: Flight<StepCommand>, _ formation: Formation, _ answers: StepAnswers
    ) throws(AttemptFailure) -> Bool {
        let work = answers.work
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
                guard try land(flight, formation) else { return false }
                try runAlone(statement, index, work)
                answers.ranAlone()
                if mayLock { try look(behind: index, answers) }
            }
        }
        return true
    }

    /// One statement on the ground, where it can be seen whether it ended the transaction.
    private func runAlone(
        _ statement: Statement, _ index: Int, _ work: StepWork
    ) throws(AttemptFailure) {
        do throws(DatabaseError) {
            guard try connection.isInTransaction else {
                throw DatabaseError(.internalError, "the migration's transaction was not begun")
            }
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
        if hasEventTriggers || !work.isQuiet {
            // A script may have chosen another encoding for its own bytes.
            for command in SessionSettings.ownRole + ["SET LOCAL client_encoding = 'UTF8'"] {
                flight.send(command, as: .preparation)
            }
        }
        for command in recording(work, journal: journal, duration: duration) {
            flight.send(command, as: .record)
        }
        if work.tracesLocks { flight.send(LockTrace.end, as: .moment) }
        flight.send(
            "SELECT pg_catalog.pg_current_xact_id()::text", as: .transactionID, atOnce: true)
    }

    /// Waits for what is outstanding; whether all of it went well. Only the tag COMMIT is success: a
    /// server answers ROLLBACK, without any error, where the transaction had already failed.
    ///
    /// What fails between two steps is no failure of a step: the session is not clean then, and the next
    /// step begins with cleaning it. A lost connection is one, where the COMMIT of the next step was
    /// on its way.
    func land(
        _ flight: Flight<StepCommand>, _ formation: Formation
    ) throws(AttemptFailure) -> Bool {
        flight.land()
        if let refusal = formation.refusal {
            throw AttemptFailure(
                DatabaseError(
                    .commitFailed, "the server answered COMMIT with \(refusal)",
                    detail: "the transaction had failed before, and nothing of it was kept"))
        }
        guard let failure = flight.failure else { return true }
        let answers = formation.currentAnswers
        if formation.isBetweenSteps {
            guard failure.error.code == .connectionLost, answers?.commitWasSent == true else {
                rollBack()
                return false
            }
        }
        throw AttemptFailure(failure, answers) {
            explained($0, recording: formation.current.step)
        }
    }
}
