import ApusCore
public import ApusEngine

extension PostgresSession {
    public func prepareRegistry() throws(DatabaseError) {
        try makeReady()
        let state = try reading { (connection) throws(DatabaseError) in
            try registryState(connection)
        }
        switch state {
        case .present(RegistryState.currentVersion): try checkRights()
        case .present(let version): try upgradeRegistry(from: version)
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

    /// Upgrading takes the rights of an owner.
    private func upgradeRegistry(from version: Int) throws(DatabaseError) {
        do throws(DatabaseError) {
            try writing(names.upgrade(from: version))
        } catch  where error.code == .insufficientPrivilege {
            var error = error
            error.message =
                "the history has version \(version) and has to be upgraded, which only the owner of its tables may do: \(error.message)"
            error.help = [
                "run this command once as the owner of the tables in schema \(names.schema)"
            ]
            throw error
        }
        try checkRights()
    }

    /// Says before the run begins which right is missing to record it.
    private func checkRights() throws(DatabaseError) {
        let question = registryRightsQuestion(version: RegistryState.currentVersion)
        guard try connection.execute(question).flag(0, 0) else {
            throw DatabaseError(
                .insufficientPrivilege,
                "the user \(user) may not write the history in schema \(names.schema)",
                help: [
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA"
                        + " \(names.quotedSchema) TO \(user.sqlIdentifier);"
                ])
        }
    }

    /// SQL for whether this user may read and write all tables of a registry of that version.
    func registryRightsQuestion(version: Int) -> String {
        let tests = RegistryState.columns(of: version).keys.sorted().flatMap { table in
            ["SELECT", "INSERT", "UPDATE", "DELETE"].map { right in
                let name = "\(names.quotedSchema).\(table)".sqlLiteral
                return "pg_catalog.has_table_privilege(\(name), '\(right)')"
            }
        }
        return "SELECT \(tests.joined(separator: " AND "))"
    }
}
