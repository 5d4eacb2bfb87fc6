public import ApusCore

extension Migrator {
    /// How large the target's tables are and how much they are used. Changes nothing.
    public func statistics() async throws(Diagnostics) -> DatabaseStatistics {
        try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in try await session.statistics() }
        }
    }
}
