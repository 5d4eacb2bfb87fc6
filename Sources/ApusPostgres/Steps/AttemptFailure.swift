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
        self.error = error
        self.index = index
        self.statement = statement
    }

    /// A flight's failure. `explained` is asked what an error of the record's commands means.
    init(
        _ failure: Flight<StepCommand>.Failure, _ answers: StepAnswers,
        explained: (DatabaseError) -> DatabaseError
    ) {
        error = failure.error
        transactionID = answers.transactionID
        commitWasSent = answers.commitWasSent
        switch failure.command {
        case .statement(let index, let statement):
            self.index = index
            self.statement = statement
        case .record:
            error = explained(error)
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
