import ApusCore
import ApusEngine
import CLibpq

/// What came of one simple query, which may hold several statements.
struct Batch {
    /// One for each statement that succeeded, in order.
    var results: [Rows] = []
    /// Why the next one did not; those behind it were not run.
    var error: DatabaseError?
}

extension Connection {
    /// Sends SQL of our own and waits for all its answers.
    @discardableResult
    func batch(_ sql: String, _ patience: Patience = Patience()) -> Batch {
        var batch = Batch()
        guard !sql.utf8.contains(0) else {
            batch.error = DatabaseError(.internalError, "a statement of Apus's own holds a NUL")
            return batch
        }
        guard PQsendQuery(handle, sql) == 1 else {
            batch.error = .lost(self)
            return batch
        }
        failpoint("postgres.sent")
        while let result = nextResult(patience, &batch.error) {
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                batch.results.append(Rows(result))
            default:
                let error = DatabaseError(result, from: self)
                if batch.error == nil { batch.error = error }
                PQclear(result)
            }
        }
        if batch.error == nil, !isAlive { batch.error = .lost(self) }
        return batch
    }

    /// The next result of what was sent; `nil` behind the last.
    func nextResult(_ patience: Patience, _ error: inout DatabaseError?) -> OpaquePointer? {
        guard waitForResult(patience) else {
            error = DatabaseError(.connectionLost, "the server gave no answer in time")
            return nil
        }
        return PQgetResult(handle)
    }

    /// Sends SQL of our own; what its last statement answered.
    @discardableResult
    func execute(_ sql: String, _ patience: Patience = Patience()) throws(DatabaseError) -> Rows {
        let batch = batch(sql, patience)
        if let error = batch.error { throw error }
        guard let last = batch.results.last else {
            throw DatabaseError(.internalError, "the server answered nothing")
        }
        return last
    }
}
