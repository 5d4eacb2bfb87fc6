public import ApusCore

/// One time that a migration was taken, in either direction.
public struct MigrationAttempt: Hashable, Sendable {
    public var run: RunID
    public var entry: JournalEntry

    public init(run: RunID, entry: JournalEntry) {
        self.run = run
        self.entry = entry
    }
}

extension Migrator {
    /// Every time that a migration was taken, newest first; at most a hundred.
    public func journal(of id: MigrationID) async throws(Diagnostics) -> [MigrationAttempt] {
        try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                try await session.journal(of: id, limit: 100)
            }
        }
    }
}
