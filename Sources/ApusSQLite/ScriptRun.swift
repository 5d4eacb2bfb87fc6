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

    /// Sends what is left of the script; `starting` is told of each statement that is next, and
    /// `completed` of each that is done.
    ///
    /// Returns how many statements ran.
    func perform(
        starting: (Statement) throws(DatabaseError) -> Void = { _ in },
        completed: (_ statementsDone: Int, _ last: Statement) throws(DatabaseError) -> Void
    ) throws(ScriptFailure) -> Int {
        guard step.action == .run else { return 0 }
        let clock = ContinuousClock()
        let total = step.script.statementCount
        var ran = 0
        try step.script.forEachStatement(in: step.source) {
            (index, statement) throws(ScriptFailure) in
            guard index < step.heldBefore ?? .max,
                index >= step.firstStatement || setsSession(statement)
            else { return }
            do throws(DatabaseError) {
                if interruption.isCancelled { throw .cancelled }
                guard index >= step.firstStatement else {
                    _ = try send(statement)
                    return
                }
                report(.statementStarted(index: index, of: total))
                let start = clock.now
                try starting(statement)
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

    /// Whether a statement sets something in the connection for the statements behind it. A
    /// connection that resumes behind it has to be told again.
    private func setsSession(_ statement: Statement) -> Bool {
        let words = step.source.leadingWords(of: statement, .sqlite, limit: 2)
        return switch words.first {
        case "ATTACH", "DETACH": true
        case "PRAGMA": Self.sessionPragmas.contains(words.dropFirst().first?.lowercased() ?? "")
        default: false
        }
    }

    /// The pragmas that change how the connection takes a script, and nothing in the file.
    private static let sessionPragmas: Set = [
        "case_sensitive_like", "defer_foreign_keys", "foreign_keys", "ignore_check_constraints",
        "legacy_alter_table", "recursive_triggers", "reverse_unordered_selects", "trusted_schema",
        "writable_schema",
    ]

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
