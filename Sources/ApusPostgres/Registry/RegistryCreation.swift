import ApusCore
public import ApusEngine

extension PostgresSession {
    public func prepareRegistry() throws(DatabaseError) {
        try makeReady()
        let state = try reading { (connection) throws(DatabaseError) in
            try registryState(connection)
        }
        switch state {
        case .present: try checkRights()
        case .absent: try createRegistry()
        }
    }

    private func createRegistry() throws(DatabaseError) {
        let connection = try connection
        let exists = try connection.execute(
            "SELECT pg_catalog.to_regnamespace(\(names.quotedSchema.sqlLiteral)) IS NOT NULL"
        ).flag(0, 0)
        // Not IF NOT EXISTS: that asks for the right to create a schema even where one exists.
        let schema =
            exists
            ? ""
            : """
            CREATE SCHEMA \(names.quotedSchema); COMMENT ON SCHEMA \(names.quotedSchema) \
            IS 'The migration history of this database, kept by Apus'; 
            """
        do throws(DatabaseError) {
            try writing(schema + names.creation)
        } catch  where error.code == .insufficientPrivilege {
            var error = error
            let role = user.sqlIdentifier
            error.help = [
                exists
                    ? "GRANT USAGE, CREATE ON SCHEMA \(names.quotedSchema) TO \(role);"
                    : "GRANT CREATE ON DATABASE \(connection.database.sqlIdentifier) TO \(role);"
            ]
            throw error
        }
    }

    /// Says before the run begins which right is missing to record it.
    private func checkRights() throws(DatabaseError) {
        let tables = RegistryState.columns.keys.sorted()
        let tests = tables.flatMap { table in
            ["SELECT", "INSERT", "UPDATE", "DELETE"].map { right in
                let name = "\(names.quotedSchema).\(table)".sqlLiteral
                return "pg_catalog.has_table_privilege(\(name), '\(right)')"
            }
        }
        let rights = try connection.execute("SELECT \(tests.joined(separator: " AND "))")
        guard rights.flag(0, 0) else {
            throw DatabaseError(
                .insufficientPrivilege,
                "the user \(user) may not write the history in schema \(names.schema)",
                help: [
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA"
                        + " \(names.quotedSchema) TO \(user.sqlIdentifier);"
                ])
        }
    }
}
