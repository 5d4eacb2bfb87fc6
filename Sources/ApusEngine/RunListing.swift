public import ApusCore

extension Migrator {
    /// The latest runs, newest first, without their journals.
    public func runs(limit: Int = 20) async throws(Diagnostics) -> [RunRecord] {
        try await withLook { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                try await session.runs(limit: limit)
            }
        }
    }

    /// The rehearsals that passed here, the latest first, without a look at any backup.
    public func rehearsals() async throws(Diagnostics) -> [RehearsalRecord] {
        try await withLook { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in try await session.rehearsals() }
        }
    }

    /// One run with its journal. Throws `run-unknown`.
    public func run(_ id: RunID) async throws(Diagnostics) -> RunRecord {
        let found = try await withLook { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in try await session.run(id) }
        }
        guard let found else {
            throw Diagnostics([
                Diagnostic(.runUnknown, "there is no run \(id)", help: ["apus runs list"])
            ])
        }
        return found
    }

    /// What the history holds, without looking at any file.
    /// Without `texts`, those that are kept are `.unread`.
    public func history(withTexts texts: Bool = true) async throws(Diagnostics) -> History {
        try await withSession { (session) throws(Diagnostics) in
            try await asking { () async throws(DatabaseError) in
                try await session.history(withTexts: texts)
            }
        }
    }
}
