import ApusCore
public import ApusEngine

extension SQLiteDriver {
    /// The rebuild that gives a table another definition, tried on an empty copy of the schema. Changes
    /// nothing.
    ///
    /// - Parameter definition: A `CREATE TABLE` of the table; `nil`: the one that it has, to be changed
    ///   by hand in the file.
    ///
    /// Throws `usage` where the table, or the definition, is none that can be rebuilt.
    public func rebuild(
        of table: String, as definition: String?
    ) async throws(DatabaseError) -> TableRebuild {
        guard location.exists else {
            throw DatabaseError(.usage, "there is no database at \(location.path)")
        }
        let (trial, name) = try await RebuildTrial.of(table, at: location, registry)
        return try trial.rebuild(name, as: definition)
    }
}
