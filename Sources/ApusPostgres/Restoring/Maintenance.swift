import ApusCore
import ApusEngine

/// A connection to a database of the server that is neither made, dropped nor renamed.
enum Maintenance {
    /// Where every server has one; not all let everybody in.
    private static let databases = ["postgres", "template1"]

    /// Runs `body` with such a session, and closes it whatever happens.
    static func with<Result: Sendable>(
        _ address: PostgresConnectionString, _ names: RegistryNames,
        _ body: (PostgresSession) async throws(DatabaseError) -> Result
    ) async throws(DatabaseError) -> Result {
        let session = try await open(address, names)
        do throws(DatabaseError) {
            let result = try await body(session)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }

    static func open(
        _ address: PostgresConnectionString, _ names: RegistryNames
    ) async throws(DatabaseError) -> PostgresSession {
        var refusal: DatabaseError?
        for database in databases where database != address.target.name {
            do throws(DatabaseError) {
                let session = try PostgresSession(
                    address: try address.named(database), names: names)
                try await session.connect()
                return session
            } catch {
                refusal = refusal ?? error
            }
        }
        throw refusal ?? DatabaseError(.cannotConnect, "cannot connect to \(address)")
    }
}

extension PostgresSession {
    /// Runs statements of our own; the rows of the last one.
    @discardableResult
    func ask(_ sql: String) async throws(DatabaseError) -> [[String?]] {
        try await cancellable { () throws(DatabaseError) in
            let rows = try connection.execute(sql, Connection.Patience(isCancellable: true))
            return (0..<rows.count).map { row in
                (0..<rows.columns.count).map { rows.text(row, $0) }
            }
        }
    }
}
