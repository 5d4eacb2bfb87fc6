public import ApusCore

extension Migrator {
    /// What `create-initial` would write, as folder and database stand now. Changes nothing.
    public func initialFiles() async throws(Diagnostics) -> InitialFiles {
        let ids = folder.exists ? try folder.ids() : []
        let history = try await history()
        if !history.applied.isEmpty {
            return .restoring(history, into: folder, present: Set(ids))
        }
        if !ids.isEmpty { throw Diagnostics([InitialFiles.occupied(folder, ids)]) }
        let script = try await asking { () async throws(DatabaseError) in
            try await driver.schemaScript()
        }
        return try .beginning(with: script, in: folder, now: now())
    }

    /// Writes the files; the folder is made where it is missing.
    public func write(_ initial: InitialFiles) throws(Diagnostics) {
        if !initial.files.isEmpty { try folder.make() }
        for file in initial.files { try file.write() }
    }
}
