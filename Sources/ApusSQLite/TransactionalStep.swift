import ApusCore
import ApusEngine
import GRDB
import GRDBSQLite

import struct ApusEngine.DatabaseError

/// What came of one attempt at a step.
struct StepAttempt: Sendable {
    var outcome: StepOutcome
    /// Whether the connection may differ from a new one.
    var touchesSession: Bool
}

/// One step in one transaction: its statements, its history row and its journal row, or nothing.
struct TransactionalStep: Sendable {
    let step: Step
    let run: RunID
    let options: StepOptions
    let registry: Registry
    let interruption: Interruption
    let report: @Sendable (StepEvent) -> Void

    /// From BEGIN to COMMIT in one stretch.
    func attempt(in database: Database) -> StepAttempt {
        let handle = database.handle
        interruption.attach(to: handle, lockTimeout: step.script.lockTimeout ?? options.lockTimeout)
        {
            report(.waitingForLock(nil, waited: $0))
        }
        defer { interruption.detach(from: handle) }
        let stopwatch = StepStopwatch(step)
        do throws(ScriptFailure) {
            let script = ScriptGuard()
            let ran = try transaction(in: database, stopwatch, script)
            return StepAttempt(
                outcome: stopwatch.outcome(.done, statementsRun: ran),
                touchesSession: script.touchesSession)
        } catch {
            failpoint("sqlite.step.failed")
            database.rollBack()
            failpoint("sqlite.step.rolled-back")
            let failure = error.afterCancellation(interruption)
            let ran = failure.index.map { $0 - step.firstStatement } ?? 0
            let outcome = stopwatch.outcome(
                .failed(failure.leaving(.unchanged)), statementsRun: ran)
            // The step is undone already; where the trace cannot be written either, the outcome still
            // says everything.
            if !failure.error.isLockConflict { try? note(failure, stopwatch, in: database) }
            return StepAttempt(outcome: outcome, touchesSession: true)
        }
    }

    private func transaction(
        in database: Database, _ stopwatch: StepStopwatch, _ guarding: ScriptGuard
    ) throws(ScriptFailure) -> Int {
        let handle = database.handle
        try faultless { () throws(DatabaseError) in
            if interruption.isCancelled { throw .cancelled }
            try ForeignKeys(step, options: options).switchOutside(on: handle)
            failpoint("sqlite.step.before-begin")
            try RawStatement.execute("BEGIN IMMEDIATE", on: handle)
            failpoint("sqlite.step.begun")
        }
        let (ran, notices) = try perform(in: database, stopwatch, guarding)
        try faultless { () throws(DatabaseError) in
            try commit(handle)
            failpoint("sqlite.step.committed")
        }
        for notice in notices { report(.notice(notice)) }
        return ran
    }

    /// What stands inside the transaction, or the savepoint: the statements and their record. How many
    /// statements ran, and what is to be said once they are committed.
    func perform(
        in database: Database, _ stopwatch: StepStopwatch, _ guarding: ScriptGuard
    ) throws(ScriptFailure) -> (ran: Int, notices: [String]) {
        let handle = database.handle
        let drops = ScriptDrops(step)
        let foreignKeys = ForeignKeys(step, options: options, dropsTable: drops.hasTable)
        // Our own rows must not answer a script's `last_insert_rowid()`.
        sqlite3_set_last_insert_rowid(handle, 0)
        let (schema, violations) = try faultless { () throws(DatabaseError) in
            (
                try SchemaWatch(
                    database, registry: registry, readsDependants: drops.mayHaveDependants),
                try foreignKeys.violations(in: database)
            )
        }

        let script = ScriptRun(
            step: step, handle: handle, interruption: interruption,
            statementTimeout: step.script.statementTimeout ?? options.statementTimeout,
            report: report)
        guarding.attach(to: handle)
        defer { ScriptGuard.detach(from: handle) }
        var notices: [String] = []
        var dropping: DropWithForeignKeys?
        let ran = try script.perform { statement in
            if foreignKeys.areOn {
                dropping = DropWithForeignKeys(statement, of: step, on: handle)
            }
            guarding.beginStatement()
        } completed: { (_, statement) throws(DatabaseError) in
            if let notice = dropping?.notice(on: handle) { notices.append(notice) }
            if let notice = foreignKeys.notice(for: statement, of: step) { notices.append(notice) }
            guard database.isInTransaction else {
                throw DatabaseError(
                    .statementFailed, "the statement ended the migration's transaction")
            }
            failpoint("sqlite.step.statement-done")
        }
        ScriptGuard.detach(from: handle)

        try faultless { () throws(DatabaseError) in
            if let notice = try foreignKeys.check(against: violations, in: database) {
                notices.append(notice)
            }
            notices += try schema.notices(in: database, dropped: guarding.dropped)
            try makeOursAgain(handle)
            failpoint("sqlite.step.before-record")
            try registry.finish(
                step, run: run, startedAt: stopwatch.startedAt, duration: stopwatch.elapsed,
                in: database)
            failpoint("sqlite.step.history-written")
            try registry.note(
                step, run: run, status: .done, statementsDone: step.statementsWhenDone,
                startedAt: stopwatch.startedAt, duration: stopwatch.elapsed,
                message: step.journalNote, in: database)
            if interruption.isCancelled { throw .cancelled }
            failpoint("sqlite.step.recorded")
        }
        return (ran, notices)
    }

    /// The script may have said `query_only` or `busy_timeout`; what follows is our part.
    private func makeOursAgain(_ handle: OpaquePointer) throws(DatabaseError) {
        try RawStatement.execute("PRAGMA main.query_only = OFF", on: handle)
        interruption.attachBusyHandler(to: handle)
    }

    private func commit(_ handle: OpaquePointer) throws(DatabaseError) {
        do throws(DatabaseError) {
            try RawStatement.execute("COMMIT", on: handle)
        } catch {
            guard error.code == .statementFailed else { throw error }
            // Deferred foreign keys are counted here, and a full disk shows here at the latest.
            throw DatabaseError(.commitFailed, error.message, sqlState: error.sqlState)
        }
    }

    /// Leaves a trace of the failure.
    func note(
        _ failure: ScriptFailure, _ stopwatch: StepStopwatch, in database: Database
    ) throws(DatabaseError) {
        try registry.note(
            step, run: run, status: .failed, statementsDone: 0, startedAt: stopwatch.startedAt,
            duration: stopwatch.elapsed, message: failure.error.message, in: database)
    }
}

/// Runs what belongs to no statement of the script.
func faultless<Result>(
    _ body: () throws(DatabaseError) -> Result
) throws(ScriptFailure) -> Result {
    do throws(DatabaseError) {
        return try body()
    } catch {
        throw ScriptFailure(error: error)
    }
}
