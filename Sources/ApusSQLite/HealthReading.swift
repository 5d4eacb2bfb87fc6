import ApusCore
public import ApusEngine

/// What may stand in the way of a run.
extension SQLiteSession {
    public func health() async throws(DatabaseError) -> DatabaseHealth {
        guard let connection = try existing() else { return DatabaseHealth() }
        var health = try await connection.read { [registry] (database) throws(DatabaseError) in
            DatabaseHealth(strayRows: try registry.strayRows(in: database))
        }
        health.bytes = location.isInMemory ? nil : location.size
        if !location.isInMemory, location.readOnlyReason == nil, try await isBeingWritten() {
            health.blockers.append(
                Blocker(kind: .writer, holder: LockHolder(), tables: [], remedy: nil))
        }
        return health
    }

    public func contradictions() async throws(DatabaseError) -> [JournalContradiction] {
        guard let connection = try existing() else { return [] }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.contradictions(in: database)
        }
    }

    /// Whether another connection has a write transaction open, and not just for a moment.
    private func isBeingWritten() async throws(DatabaseError) -> Bool {
        let probe = try Connection.open(location, waitingAtMost: .milliseconds(300))
        defer { probe.close() }
        return await probe.isLocked()
    }
}
