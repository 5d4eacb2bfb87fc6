public import ApusCore

/// The audit: two rows for each action, one before it and one behind it, and never changed.
extension Migrator {
    /// Writes what is about to be done. Where it throws, nothing may be done.
    ///
    /// For what is no run; a run writes its own, see ``Options/audit``. Takes no lock and creates
    /// nothing: without a registry, or with one of an older version, it throws `audit-unavailable`.
    public func recordIntent(_ intent: AuditIntent) async throws(Diagnostics) -> AuditID {
        try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                try await session.recordIntent(intent)
            }
        }
    }

    /// Writes what came of it.
    public func recordOutcome(
        of intent: AuditID, _ outcome: String, run: RunID?
    ) async throws(Diagnostics) {
        try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                try await session.recordOutcome(of: intent, outcome, run: run)
            }
        }
    }

    /// What was done, newest first; with `before`, what came before that entry.
    public func audit(
        limit: Int = 100, before: AuditID? = nil
    ) async throws(Diagnostics) -> [AuditEntry] {
        try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                try await session.audit(limit: limit, before: before)
            }
        }
    }

    /// The action that a key was used for; `nil` where it is new.
    public func audited(key: String) async throws(Diagnostics) -> AuditEntry? {
        try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                try await session.audited(key: key)
            }
        }
    }
}
