import ApusCore
import ApusEngine

/// Two databases exchange their names, in one transaction: both or neither.
struct DatabaseExchange {
    let restored: String
    let live: String
    let kept: String
    let endsConnections: Bool

    /// A connection that comes back at once may be quicker than the renaming.
    private static let attempts = 10

    func perform(in session: PostgresSession) async throws(DatabaseError) -> Exchange {
        let liveIsThere = try await session.has(live)
        var ended: [LockHolder] = []
        for attempt in 1...Self.attempts {
            let others = try await others(in: session)
            guard endsConnections || others.allSatisfy(\.isLook) else {
                throw Self.inUse([live, restored], others.filter { !$0.isLook })
            }
            ended += try await end(others, in: session)
            do throws(DatabaseError) {
                try await rename(liveIsThere, in: session)
                return Exchange(kept: liveIsThere ? kept : nil, ended: ended)
            } catch {
                guard error.sqlState == Self.objectInUse else { throw explained(error) }
                if attempt == Self.attempts || !endsConnections && others.isEmpty {
                    throw Self.inUse(
                        [live, restored], try await session.others(in: [live, restored]),
                        detail: error.detail)
                }
            }
        }
        throw Self.inUse([live, restored], [])
    }

    /// Who is connected. Whoever has just left is there until the server has noticed: that is waited for
    /// where connections are not ended.
    private func others(in session: PostgresSession) async throws(DatabaseError) -> [LockHolder] {
        var found = try await session.others(in: [live, restored])
        for _ in 0..<10 where !endsConnections && !found.allSatisfy(\.isLook) {
            do { try await Task.sleep(for: .milliseconds(100)) } catch { throw .interrupted }
            found = try await session.others(in: [live, restored])
        }
        return found
    }

    func statements(liveIsThere: Bool) -> [String] {
        let aside = "ALTER DATABASE \(live.sqlIdentifier) RENAME TO \(kept.sqlIdentifier)"
        let inPlace = "ALTER DATABASE \(restored.sqlIdentifier) RENAME TO \(live.sqlIdentifier)"
        return liveIsThere ? [aside, inPlace] : [inPlace]
    }

    /// The server itself waits up to five seconds for connections that are about to end.
    private func rename(
        _ liveIsThere: Bool, in session: PostgresSession
    ) async throws(DatabaseError) {
        try await session.ask("BEGIN")
        do throws(DatabaseError) {
            for statement in statements(liveIsThere: liveIsThere) {
                try await session.ask(statement)
            }
            failpoint("exchange.before-commit")
            try await session.ask("COMMIT")
            failpoint("exchange.committed")
        } catch {
            // A transaction that cannot be rolled back ends with its connection.
            _ = try? await session.ask("ROLLBACK")
            throw error
        }
    }

    private func end(
        _ others: [LockHolder], in session: PostgresSession
    ) async throws(DatabaseError) -> [LockHolder] {
        for other in others {
            guard let process = other.processID else { continue }
            try await session.ask("SELECT pg_catalog.pg_terminate_backend(\(process))")
        }
        return others
    }

    private func explained(_ error: DatabaseError) -> DatabaseError {
        guard error.sqlState == "42501" else { return error }
        return DatabaseError(
            .insufficientPrivilege, "cannot rename the databases: \(error.message)",
            sqlState: error.sqlState,
            help: [
                "a role renames databases that it owns, and needs CREATEDB: ALTER ROLE … CREATEDB"
            ])
    }

    private static let objectInUse = "55006"

    /// Names whoever is in the way.
    static func inUse(
        _ databases: [String], _ others: [LockHolder], detail: String? = nil
    ) -> DatabaseError {
        let lines = others.map(\.sentence) + [detail].compactMap(\.self)
        return DatabaseError(
            .databaseInUse,
            "others are connected to \(databases.joined(separator: " or "))",
            detail: lines.isEmpty ? nil : lines.joined(separator: "\n"),
            help: [
                "stop what uses it, and try again",
                "or end the connections: --end-connections",
            ])
    }
}

extension LockHolder {
    /// Who only looks connects again when it looks next.
    fileprivate var isLook: Bool { application == PostgresSession.nameOfLooks }
}
