import ApusCore
import ApusEngine
import CLibpq

extension PostgresSession {
    /// Runs a fixture in one transaction.
    func perform(
        _ statements: [Statement], of source: MigrationSource
    ) async -> Result<Void, TestFailure> {
        await tested("BEGIN", "COMMIT") { (connection) throws(TestFailure) in
            for statement in statements {
                do throws(DatabaseError) {
                    _ = try connection.run(statement, of: source)
                } catch {
                    throw TestFailure(error, at: statement)
                }
            }
        }
    }

    /// Runs a query in a transaction that can write nothing.
    func rows(
        of query: Statement, in source: MigrationSource, limit: Int
    ) async -> Result<QueryRows, TestFailure> {
        await tested("BEGIN READ ONLY", "ROLLBACK") { (connection) throws(TestFailure) in
            do throws(DatabaseError) {
                return try connection.firstRows(of: query, in: source, limit: limit)
            } catch {
                throw TestFailure(error, at: query)
            }
        }
    }

    private func tested<Value: Sendable>(
        _ begin: String, _ end: String, _ body: (Connection) throws(TestFailure) -> Value
    ) async -> Result<Value, TestFailure> {
        do throws(DatabaseError) {
            return try await cancellable { () throws(DatabaseError) in
                let connection = try connection
                try connection.execute(begin)
                defer { if connection.isInTransaction { connection.batch("ROLLBACK") } }
                let value: Value
                do throws(TestFailure) {
                    value = try body(connection)
                } catch {
                    return .failure(error)
                }
                try connection.execute(end)
                return .success(value)
            }
        } catch {
            return .failure(TestFailure(error))
        }
    }
}

extension Connection {
    /// Sends one query byte for byte; its first rows as text, and how many there are.
    ///
    /// Rows are taken one at a time, so that memory stays bounded.
    func firstRows(
        of query: Statement, in source: MigrationSource, limit: Int
    ) throws(DatabaseError) -> QueryRows {
        let wasSent = source.withBytes { bytes in
            UnsafeRawBufferPointer(rebasing: bytes[query.range]).withCString {
                PQsendQuery(handle, $0) == 1
            }
        }
        guard wasSent else { throw .lost(self) }
        PQsetSingleRowMode(handle)
        var found = QueryRows(columns: [], first: [], count: 0)
        var failure: DatabaseError?
        while let result = nextResult(Patience(isCancellable: true), &failure) {
            switch PQresultStatus(result) {
            case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK:
                let rows = Rows(result)
                found.columns = rows.columns
                for row in 0..<rows.count {
                    found.count += 1
                    guard found.first.count < limit else { continue }
                    found.first.append(rows.columns.indices.map { rows.text(row, $0) })
                }
            case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                PQclear(result)
            case PGRES_COPY_IN:
                PQclear(result)
                PQputCopyEnd(handle, "a test has no data")
            case PGRES_COPY_OUT, PGRES_COPY_BOTH:
                PQclear(result)
                let refusal = DatabaseError(.statementFailed, "COPY is no query that returns rows")
                sever(because: refusal.message)
                throw refusal
            default:
                if failure == nil { failure = DatabaseError(result, from: self) }
                PQclear(result)
            }
        }
        if let failure { throw failure }
        guard isAlive else { throw .lost(self) }
        return found
    }
}
