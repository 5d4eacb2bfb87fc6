public import ApusCore

extension Migrator {
    /// The migration that a person means by a whole id, by `VERSION/NAME`, or by a version that only
    /// one migration has: of the folder or the history. Throws `migration-unknown`.
    public func migration(named name: String) async throws(Diagnostics) -> MigrationID {
        let history = try await history(withTexts: false)
        // A missing folder has no ids; a repair may be about what only the history knows.
        let files = folder.exists ? try folder.ids() : []
        let known =
            files + history.applied.map(\.id) + history.unfinished.map(\.id)
        do throws(Diagnostic) {
            return try MigrationName.resolve(name, among: known)
        } catch {
            throw Diagnostics([error])
        }
    }
}
