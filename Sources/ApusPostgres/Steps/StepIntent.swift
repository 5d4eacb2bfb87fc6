import ApusCore
import ApusEngine

/// The journal row of a step whose statements stand each alone.
struct StepIntent {
    /// The row's number.
    var entry: Int64
    /// Whether an earlier run left the same step unfinished.
    var isResumed: Bool
    /// How many statements are known to be complete.
    var done: Int

    /// Whether a statement that is not noted in its own transaction may have taken effect already.
    func isInDoubt(_ index: Int, of step: Step) -> Bool {
        isResumed && index == step.firstStatement
    }
}

extension PostgresSession {
    /// Runs one statement and notes it as done in the same transaction, so that whatever ends it
    /// leaves both or neither. False where the server wants the statement outside of a transaction:
    /// then nothing of it was done.
    func runNoted(
        _ statement: Statement, _ index: Int, _ intent: StepIntent, _ work: StepWork
    ) throws(DatabaseError) -> Bool {
        let connection = try connection
        try connection.execute("BEGIN READ WRITE")
        do throws(DatabaseError) {
            try run(statement, index, work)
            guard connection.isInTransaction else {
                throw DatabaseError(.transactionControl, "the statement ended its transaction")
            }
            failpoint("postgres.alone.before-note")
            var intent = intent
            intent.done = index + 1
            let note = update(intent, .started, work)
            let batch = connection.batch((SessionSettings.ownRole + [note, "COMMIT"]).script)
            if let error = batch.error { throw error }
            guard batch.results.last?.tag == "COMMIT" else {
                throw DatabaseError(.commitFailed, "the server rolled the statement back")
            }
            return true
        } catch {
            if connection.isInTransaction { connection.batch("ROLLBACK") }
            // `active_sql_transaction`, and what a block or procedure gets that commits by itself.
            guard error.sqlState == "25001" || error.sqlState == "2D000" else { throw error }
            return false
        }
    }

    /// SQL that writes how far the step came. Never less far than is written already: a COMMIT whose
    /// answer was lost may have gone further than this session knows.
    func update(
        _ intent: StepIntent, _ status: JournalEntry.Status, _ work: StepWork,
        message: String? = nil
    ) -> String {
        """
        UPDATE \(names.journal) SET status = \(status.rawValue.sqlLiteral), \
        statements_done = greatest(statements_done, \(intent.done)), \
        duration_us = \(status == .started ? "NULL" : String(work.elapsed)), \
        message = \(message.sqlLiteral) WHERE entry = \(intent.entry)
        """
    }

    /// How many statements the journal knows to be done, after the connection was lost.
    func statementsNoted(_ intent: StepIntent) -> Int {
        let question = "SELECT statements_done FROM \(names.journal) WHERE entry = \(intent.entry)"
        // Without an answer what this session knows is true as well, only less.
        let answer = try? connection.execute(question)
        return max(intent.done, answer?.integer(0, 0).map { Int($0) } ?? 0)
    }
}
