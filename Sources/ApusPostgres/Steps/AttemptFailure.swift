import ApusCore
import ApusEngine

/// Why one attempt at a transaction failed, and what is known of it.
struct AttemptFailure: Error {
    var error: DatabaseError
    var index: Int?
    var statement: Statement?
    /// The server's number for the transaction, known once the history row is written.
    var transactionID: String?
    /// Whether the transaction may have been committed although no answer came.
    var commitWasSent = false

    init(_ error: DatabaseError, at index: Int? = nil, _ statement: Statement? = nil) {
        self.error = index == nil ? error : error.insideTransaction
        self.index = index
        self.statement = statement
    }

    /// A flight's failure, with what is known of the step that it struck. `explained` is asked what an
    /// error of the record's commands means.
    init(
        _ failure: Flight<StepCommand>.Failure, _ answers: StepAnswers?,
        explained: (DatabaseError) -> DatabaseError
    ) {
        error = failure.error
        transactionID = answers?.transactionID
        commitWasSent = answers?.commitWasSent ?? false
        switch failure.command {
        case .statement(let index, let statement):
            error = error.insideTransaction
            self.index = index
            self.statement = statement
        case .record:
            error = explained(error.insideTransaction)
        case .commit:
            if ![.connectionLost, .interrupted].contains(error.code) { error.code = .commitFailed }
            return
        default: break
        }
        // Where the server itself said why it ended the session, it did so before COMMIT.
        if error.sqlState != nil, failure.command != nil { commitWasSent = false }
    }

    func failure(_ effect: StepFailure.Effect) -> StepFailure {
        StepFailure(error: error, statementIndex: index, statement: statement, effect: effect)
    }
}

extension DatabaseError {
    /// The error as it is meant behind our own `BEGIN READ WRITE`: a server that can be written to
    /// then says "read-only" only of a transaction that the script itself has made so.
    fileprivate var insideTransaction: DatabaseError {
        guard code == .readOnlyServer, sqlState == "25006" else { return self }
        var error = self
        error.code = .statementFailed
        error.detail =
            "the migration has made its own transaction read-only, so that nothing can be written and recorded in it any more"
        error.help = [
            "take SET TRANSACTION READ ONLY, or SET transaction_read_only, out of the file: apus migrate"
        ]
        return error
    }
}
