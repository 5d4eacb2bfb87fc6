import ApusCore
import ApusEngine
import GRDBSQLite

/// The statements of one step, sent one by one and reported as they go.
struct ScriptRun {
    let step: Step
    let handle: OpaquePointer
    let interruption: Interruption
    /// Zero: no limit.
    let statementTimeout: Duration
    let report: @Sendable (StepEvent) -> Void

    /// Sends what is left of the script; `completed` is told of each statement that is done.
    ///
    /// Returns how many statements ran.
    func perform(
        completed: (_ statementsDone: Int, _ last: Statement) throws(DatabaseError) -> Void
    ) throws(ScriptFailure) -> Int {
        guard step.action == .run else { return 0 }
        let clock = ContinuousClock()
        let total = step.script.statementCount
        var ran = 0
        try step.script.forEachStatement(in: step.source) {
            (index, statement) throws(ScriptFailure) in
            guard index >= step.firstStatement else { return }
            do throws(DatabaseError) {
                if interruption.isCancelled { throw .cancelled }
                report(.statementStarted(index: index, of: total))
                let start = clock.now
                let rows = try send(statement)
                ran += 1
                try completed(index + 1, statement)
                report(
                    .statementFinished(
                        index: index, of: total, duration: clock.now - start, rows: rows))
            } catch {
                throw ScriptFailure(error: error, index: index, statement: statement)
            }
        }
        return ran
    }

    private func send(_ statement: Statement) throws(DatabaseError) -> Int64? {
        interruption.beginStatement(timeout: statementTimeout)
        defer { interruption.endStatement() }
        do throws(DatabaseError) {
            return try step.source.withBytes { (bytes) throws(DatabaseError) in
                try RawStatement.execute(
                    UnsafeRawBufferPointer(rebasing: bytes[statement.range]), on: handle)
            }
        } catch {
            if error.sqlState == ScriptGuard.refusal {
                throw DatabaseError(
                    .statementFailed, "the statement would end the migration's own transaction",
                    sqlState: error.sqlState)
            }
            guard error.code == .interrupted else { throw error }
            if let timeout = interruption.exceededTimeout {
                throw DatabaseError(
                    .statementFailed, "the statement took longer than its limit of \(timeout)",
                    sqlState: error.sqlState)
            }
            throw .cancelled
        }
    }
}

/// An error and the statement that it struck; `index` is `nil` where none is at fault.
struct ScriptFailure: Error {
    var error: DatabaseError
    var index: Int?
    var statement: Statement?

    /// A lock that was not waited for because the task was cancelled is a cancellation.
    func afterCancellation(_ interruption: Interruption) -> Self {
        guard interruption.isCancelled, error.isLockConflict else { return self }
        return ScriptFailure(error: .cancelled, index: index, statement: statement)
    }

    func leaving(_ effect: StepFailure.Effect) -> StepFailure {
        StepFailure(error: error, statementIndex: index, statement: statement, effect: effect)
    }
}

extension DatabaseError {
    /// The task was cancelled.
    static var cancelled: Self { Self(.interrupted, "cancelled", sqlState: "SQLITE_INTERRUPT") }
}
