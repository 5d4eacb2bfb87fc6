import ApusCore
import ApusEngine

/// Finds out whether a transaction pooler stands between us and the server, where a session lock
/// would stay behind on a server connection that others then use.
///
/// A server announces its own process number in the protocol; a pooler announces one it made up. So
/// equal numbers mean a direct connection. Otherwise a second connection opens a transaction while
/// the first has none: a transaction pooler lends it the server connection that the first one just
/// used, and the same process then serves two clients; a session pooler never does that. Where the
/// pooler rotates its connections, the first one's process itself changes between two queries.
/// Where the second connection gets no server within the time, the pool is exhausted although the
/// first is idle, which again only a session pooler does.
struct PoolerCheck {
    let address: PostgresConnectionString
    let serverProcess: Int64

    /// Throws `transactionPooler`.
    func run(on connection: Connection) throws(DatabaseError) {
        guard connection.announcedProcess != serverProcess else { return }
        for _ in 0..<3 where try isShared(connection) {
            throw DatabaseError(
                .transactionPooler,
                "a transaction pooler stands before the server at \(address.target.location)",
                detail: "a session lock cannot be held through it",
                help: [
                    "connect to the server itself, or to a pooler with pool_mode = session"
                ])
        }
    }

    private func isShared(_ connection: Connection) throws(DatabaseError) -> Bool {
        let before = try process(of: connection)
        let other: Connection
        do throws(DatabaseError) {
            other = try Connection(
                to: address, applicationName: "apus pooler check",
                cancellation: connection.cancellation, connectTimeout: 3)
        } catch {
            return false
        }
        defer { other.close() }
        let patience = Connection.Patience(deadline: .now + .seconds(3))
        let batch = other.batch("BEGIN; SELECT pg_catalog.pg_backend_pid()", patience)
        if let error = batch.error {
            // A statement pooler refuses BEGIN; any other failure tells nothing.
            return error.code != .connectionLost && error.message.contains("pooling")
        }
        if batch.results.last?.integer(0, 0) == before { return true }
        other.batch("ROLLBACK")
        return try process(of: connection) != before
    }

    private func process(of connection: Connection) throws(DatabaseError) -> Int64? {
        try connection.execute("SELECT pg_catalog.pg_backend_pid()").integer(0, 0)
    }
}
