public import ApusCore
public import ApusEngine

extension SQLiteSession {
    public func recordIntent(_ intent: AuditIntent) async throws(DatabaseError) -> AuditID {
        guard try existing() != nil else { throw .noAudit }
        return try await write { [registry] (database) throws(DatabaseError) in
            try registry.insert(intent, at: .now, in: database)
        }
    }

    public func recordOutcome(
        of intent: AuditID, _ outcome: String, run: RunID?
    ) async throws(DatabaseError) {
        try await write { [registry] (database) throws(DatabaseError) in
            try registry.insert(outcome: outcome, of: intent, run: run, at: .now, in: database)
        }
    }

    public func audit(
        limit: Int, before: AuditID?
    ) async throws(DatabaseError) -> [AuditEntry] {
        guard let connection = try existing() else { return [] }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.entries(limit: limit, before: before, in: database)
        }
    }

    public func audited(key: String) async throws(DatabaseError) -> AuditEntry? {
        guard let connection = try existing() else { return nil }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.audited(key: key, in: database)
        }
    }

    public func journal(
        of id: MigrationID, limit: Int
    ) async throws(DatabaseError) -> [MigrationAttempt] {
        guard let connection = try existing() else { return [] }
        return try await connection.read { [registry] (database) throws(DatabaseError) in
            try registry.attempts(of: id, limit: limit, in: database)
        }
    }
}
