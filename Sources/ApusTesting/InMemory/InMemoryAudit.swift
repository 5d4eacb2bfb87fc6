public import ApusCore
public import ApusEngine

extension InMemorySession {
    public func recordIntent(_ intent: AuditIntent) async throws(DatabaseError) -> AuditID {
        let outcome = store.change { content -> Result<AuditID, DatabaseError> in
            guard content.hasRegistry else { return .failure(.noAudit) }
            guard intent.key == nil || !content.audit.contains(where: { $0.key == intent.key })
            else { return .failure(.repeated) }
            let id = AuditID(Int64(content.audit.count) + 1)
            content.audit.append(
                (
                    intent.key,
                    AuditEntry(
                        id: id, at: .now, person: intent.person, address: intent.address,
                        action: intent.action, subject: intent.subject, outcome: nil, run: nil)
                ))
            return .success(id)
        }
        return try outcome.get()
    }

    public func recordOutcome(
        of intent: AuditID, _ outcome: String, run: RunID?
    ) async throws(DatabaseError) {
        store.change { content in
            guard let index = content.audit.firstIndex(where: { $0.entry.id == intent }) else {
                return
            }
            content.audit[index].entry.outcome = outcome
            content.audit[index].entry.run = run
        }
    }

    public func audit(
        limit: Int, before: AuditID?
    ) async throws(DatabaseError) -> [AuditEntry] {
        let all = store.read { $0.audit.map(\.entry) }.reversed()
        return Array(all.filter { entry in before.map { entry.id < $0 } ?? true }.prefix(limit))
    }

    public func audited(key: String) async throws(DatabaseError) -> AuditEntry? {
        store.read { $0.audit.first { $0.key == key }?.entry }
    }

    public func journal(
        of id: MigrationID, limit: Int
    ) async throws(DatabaseError) -> [MigrationAttempt] {
        let rows = store.read { $0.journal.filter { $0.entry.migration == id } }
        return rows.reversed().prefix(limit).map { MigrationAttempt(run: $0.run, entry: $0.entry) }
    }
}
