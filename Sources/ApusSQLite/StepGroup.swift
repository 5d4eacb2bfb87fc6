import ApusCore
import ApusEngine
import GRDB
import GRDBSQLite

import struct ApusEngine.DatabaseError

/// What came of one attempt at a group of steps.
struct GroupAttempt: Sendable {
    /// Of the first steps, how they ended; empty where nothing of the group was kept.
    var outcomes: [StepOutcome] = []
    /// How many steps were told of as begun.
    var begun = 0
    /// Whether the connection may differ from a new one.
    var touchesSession = false
}

/// Steps that share a transaction, with a savepoint each: a step that fails goes back to its savepoint,
/// and those before it are committed. Whatever ends the transaction itself leaves nothing of the group,
/// which is then taken step by step.
struct StepGroup: Sendable {
    let steps: [Step]
    let run: RunID
    let options: StepOptions
    let registry: Registry
    let interruption: Interruption
    let report: @Sendable (StretchEvent) -> Void

    /// A name that no script uses by accident.
    private static let (savepoint, release, undo): (StaticString, StaticString, StaticString) = (
        "SAVEPOINT \"apus: a step\"", "RELEASE \"apus: a step\"", "ROLLBACK TO \"apus: a step\""
    )

    /// From BEGIN to COMMIT in one stretch.
    func attempt(in database: Database) -> GroupAttempt {
        let handle = database.handle
        var attempt = GroupAttempt()
        interruption.attach(to: handle, lockTimeout: options.lockTimeout) {
            report(.step(0, .waitingForLock(nil, waited: $0)))
        }
        defer { interruption.detach(from: handle) }
        do throws(DatabaseError) {
            begin(0, &attempt)
            if interruption.isCancelled { throw .cancelled }
            try ForeignKeys(steps[0], options: options).switchOutside(on: handle)
            failpoint("sqlite.group.before-begin")
            try RawStatement.execute("BEGIN IMMEDIATE", on: handle)
            failpoint("sqlite.group.begun")
            let ends = try takeAll(in: database, &attempt)
            failpoint("sqlite.group.before-commit")
            try commit(ends, in: database)
            failpoint("sqlite.group.committed")
            tellWait()
            for (place, end) in ends.enumerated() {
                for notice in end.notices { report(.step(place, .notice(notice))) }
                report(.finished(place, end.outcome))
            }
            attempt.outcomes = ends.map(\.outcome)
        } catch {
            // Whatever it was: step by step it shows again, at its own step.
            failpoint("sqlite.group.failed")
            tellWait()
            database.rollBack()
            failpoint("sqlite.group.rolled-back")
        }
        return attempt
    }

    private struct End {
        var outcome: StepOutcome
        var notices: [String] = []
    }

    /// Ends the transaction. An error of the disk may come when all is written: so whether it was is read,
    /// and not guessed from the error.
    private func commit(_ ends: [End], in database: Database) throws(DatabaseError) {
        do throws(DatabaseError) {
            try RawStatement.execute("COMMIT", on: database.handle)
        } catch {
            database.rollBack()
            guard let last = ends.last?.outcome else { throw error }
            let isThere = try registry.journal(of: run, in: database).contains {
                $0.migration == last.id && $0.direction == last.direction
            }
            guard isThere else { throw error }
        }
    }

    /// Takes one step behind the other, up to one that fails, or behind which the connection differs.
    private func takeAll(
        in database: Database, _ attempt: inout GroupAttempt
    ) throws(DatabaseError) -> [End] {
        var ends: [End] = []
        for (place, step) in steps.enumerated() {
            if place > 0 {
                // What is done is kept.
                if interruption.isCancelled { break }
                begin(place, &attempt)
            }
            let stopwatch = StepStopwatch(step)
            let guarding = ScriptGuard()
            let one = TransactionalStep(
                step: step, run: run, options: options, registry: registry,
                interruption: interruption, report: { report(.step(place, $0)) })
            // Outside of a transaction a savepoint would be one, and committed when it is released.
            guard database.isInTransaction else {
                throw DatabaseError(.internalError, "the transaction of a group is gone")
            }
            try RawStatement.execute(Self.savepoint, on: database.handle)
            do throws(ScriptFailure) {
                let (ran, notices) = try one.perform(in: database, stopwatch, guarding)
                try faultless { () throws(DatabaseError) in
                    try database.checkDeferredForeignKeys()
                    try RawStatement.execute(Self.release, on: database.handle)
                }
                failpoint("sqlite.group.step-released")
                ends.append(
                    End(outcome: stopwatch.outcome(.done, statementsRun: ran), notices: notices))
                attempt.touchesSession = guarding.touchesSession
            } catch {
                ends.append(
                    End(outcome: try undo(error, of: one, stopwatch, in: database)))
                attempt.touchesSession = true
            }
            if attempt.touchesSession { break }
        }
        return ends
    }

    /// Takes back what a step did that failed, and leaves its trace. Throws where the transaction is gone
    /// with it: some errors end it, `INSERT OR ROLLBACK` does.
    private func undo(
        _ error: ScriptFailure, of one: TransactionalStep, _ stopwatch: StepStopwatch,
        in database: Database
    ) throws(DatabaseError) -> StepOutcome {
        let failure = error.afterCancellation(interruption)
        guard database.isInTransaction, !failure.error.isLockConflict else { throw failure.error }
        try RawStatement.execute(Self.undo, on: database.handle)
        try RawStatement.execute(Self.release, on: database.handle)
        failpoint("sqlite.group.step-undone")
        try one.note(failure, stopwatch, in: database)
        let ran = failure.index ?? 0
        return stopwatch.outcome(.failed(failure.leaving(.unchanged)), statementsRun: ran)
    }

    /// The write lock is taken once for all of them: the first step is told to have waited.
    private func tellWait() {
        let waited = interruption.takeWait()
        if waited > .zero { report(.step(0, .waitedForLock(nil, waited))) }
    }

    private func begin(_ place: Int, _ attempt: inout GroupAttempt) {
        attempt.begun = place + 1
        report(.started(place))
    }
}

extension Database {
    /// Refuses to go on where a deferred foreign key is violated: RELEASE does not look at them, and COMMIT
    /// would blame the whole group.
    func checkDeferredForeignKeys() throws(DatabaseError) {
        var violations: CInt = 0
        var highest: CInt = 0
        sqlite3_db_status(handle, SQLITE_DBSTATUS_DEFERRED_FKS, &violations, &highest, 0)
        guard violations != 0 else { return }
        throw DatabaseError(
            .commitFailed, "FOREIGN KEY constraint failed",
            sqlState: "SQLITE_CONSTRAINT_FOREIGNKEY")
    }
}
