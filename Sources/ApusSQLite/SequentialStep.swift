import ApusCore
import ApusEngine
import GRDB

import struct ApusEngine.DatabaseError

/// One step whose statements stand each alone (`-- apus: no-transaction`).
///
/// The intent is written first and each completed statement with its note, so that a crash leaves
/// "statement 2 of 3 unfinished" instead of silence.
struct SequentialStep: Sendable {
    let step: Step
    let run: RunID
    let options: StepOptions
    let registry: Registry
    let interruption: Interruption
    let report: @Sendable (StepEvent) -> Void

    func attempt(in database: Database) -> StepOutcome {
        let handle = database.handle
        interruption.attach(to: handle, lockTimeout: step.script.lockTimeout ?? options.lockTimeout)
        {
            report(.waitingForLock(nil, waited: $0))
        }
        defer { interruption.detach(from: handle) }
        let stopwatch = StepStopwatch(step)
        var entry: Int64?
        var done = step.firstStatement
        do throws(ScriptFailure) {
            let row = try faultless { () throws(DatabaseError) in
                if interruption.isCancelled { throw .cancelled }
                return try database.transaction("BEGIN IMMEDIATE") { () throws(DatabaseError) in
                    if step.elapsedBefore > .zero,
                        let held = try registry.heldRow(of: step, run: run, in: database)
                    {
                        return held
                    }
                    return try registry.begin(
                        step, run: run, startedAt: stopwatch.startedAt, in: database)
                }
            }
            entry = row
            failpoint("sqlite.alone.intent")
            var dropping: DropWithForeignKeys?
            let ran = try statements(handle).perform { (statement) throws(DatabaseError) in
                if canShareTransaction(statement) {
                    try RawStatement.execute("BEGIN IMMEDIATE", on: handle)
                }
                dropping = DropWithForeignKeys(statement, of: step, on: handle)
            } completed: { (statementsDone, statement) throws(DatabaseError) in
                let told = dropping?.notice(on: handle)
                failpoint("sqlite.alone.statement-done")
                try makeOursAgain(handle)
                guard database.isInTransaction == canShareTransaction(statement) else {
                    throw DatabaseError(
                        .statementFailed, "the statement left a transaction open; it is rolled back"
                    )
                }
                try registry.update(entry: row, statementsDone: statementsDone, in: database)
                if database.isInTransaction {
                    failpoint("sqlite.alone.before-commit")
                    try RawStatement.execute("COMMIT", on: handle)
                }
                failpoint("sqlite.alone.statement-noted")
                done = statementsDone
                if let told { report(.notice(told)) }
            }
            if step.heldBefore != nil {
                try faultless { () throws(DatabaseError) in try makeOursAgain(handle) }
                return stopwatch.outcome(.done, statementsRun: ran)
            }
            try faultless { () throws(DatabaseError) in
                try makeOursAgain(handle)
                try database.transaction("BEGIN IMMEDIATE") { () throws(DatabaseError) in
                    try registry.update(
                        entry: row, statementsDone: done, status: .done,
                        duration: stopwatch.elapsed, message: step.journalNote, in: database)
                    failpoint("sqlite.alone.journal-written")
                    try registry.finish(
                        step, run: run, startedAt: stopwatch.startedAt,
                        duration: stopwatch.elapsed, in: database)
                }
            }
            return stopwatch.outcome(.done, statementsRun: ran)
        } catch {
            let failure = error.afterCancellation(interruption)
            return failed(failure, entry: entry, done: done, stopwatch, in: database)
        }
    }

    /// A step that did nothing is closed; one that did something stays open, to be resumed.
    private func failed(
        _ failure: ScriptFailure, entry: Int64?, done: Int, _ stopwatch: StepStopwatch,
        in database: Database
    ) -> StepOutcome {
        database.rollBack()
        try? makeOursAgain(database.handle)
        if let entry {
            try? registry.update(
                entry: entry, statementsDone: done, status: done == 0 ? .failed : .started,
                duration: done == 0 ? stopwatch.elapsed : nil, message: failure.error.message,
                in: database)
        }
        // A single statement of SQLite happens in full or not at all.
        let effect: StepFailure.Effect = done == 0 ? .unchanged : .partial(statementsDone: done)
        return stopwatch.outcome(
            .failed(failure.leaving(effect)), statementsRun: done - step.firstStatement)
    }

    /// Whether a statement and the note that it is done can be one transaction, so that whatever ends
    /// it leaves both or neither. Not what SQLite refuses there, and no pragma: some of them do nothing
    /// there, without an error.
    private func canShareTransaction(_ statement: ApusCore.Statement) -> Bool {
        guard statement.kind == .plain else { return false }
        return !["PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK"].contains(
            step.source.firstWord(of: statement, .sqlite))
    }

    private func statements(_ handle: OpaquePointer) -> ScriptRun {
        ScriptRun(
            step: step, handle: handle, interruption: interruption,
            statementTimeout: step.script.statementTimeout ?? options.statementTimeout,
            report: report)
    }

    /// Takes back what the script may have set and our own rows cannot live with.
    private func makeOursAgain(_ handle: OpaquePointer) throws(DatabaseError) {
        try RawStatement.execute("PRAGMA main.query_only = OFF", on: handle)
        interruption.attachBusyHandler(to: handle)
    }
}
