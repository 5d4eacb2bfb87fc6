import ApusCore
import ApusEngine

extension PostgresSession {
    /// What this user may not do of what a run does, each with the statement to ask for.
    func missingRights(
        _ connection: Connection, _ registry: RegistryState
    ) throws(DatabaseError) -> [MissingRight] {
        var missing: [MissingRight] = []
        if let right = try registryRight(connection, registry) {
            missing.append(right)
        }
        let function = "pg_catalog.pg_try_advisory_lock(bigint)"
        if try !connection.execute(
            "SELECT pg_catalog.has_function_privilege('\(function)', 'EXECUTE')"
        ).flag(0, 0) {
            missing.append(
                MissingRight(
                    action: "take the migration lock", isAlwaysNeeded: true,
                    grant: "GRANT EXECUTE ON FUNCTION \(function) TO \(user.sqlIdentifier);"))
        }
        if let right = try schemaRight(connection) { missing.append(right) }
        return try missing + readingRights(connection) + tableRights(connection)
    }

    /// What `pg_dump` reads, all of it or nothing: tables, the state of sequences, and rows that a policy
    /// would hide.
    private func readingRights(_ connection: Connection) throws(DatabaseError) -> [MissingRight] {
        let role = user.sqlIdentifier
        let unread = try connection.execute(
            """
            SELECT n.nspname, count(*), min(pg_catalog.format('%I.%I', n.nspname, c.relname)) \
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE c.relkind IN ('r', 'p', 'S') AND \(isUsers) \
            AND (NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
            OR NOT CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') \
            ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END) \
            GROUP BY n.nspname ORDER BY 1
            """)
        var missing = (0..<unread.count).map { row in
            let name = unread.text(row, 0) ?? ""
            let schema = name.sqlIdentifier
            let count = unread.integer(row, 1) ?? 0
            let example = unread.text(row, 2) ?? ""
            return MissingRight(
                action: count == 1
                    ? "read \(example), which a backup does"
                    : "read \(count) tables and sequences of schema \(name), such as \(example), which a backup does",
                isAlwaysNeeded: false,
                grant: "GRANT USAGE ON SCHEMA \(schema) TO \(role); "
                    + "GRANT SELECT ON ALL TABLES IN SCHEMA \(schema) TO \(role); "
                    + "GRANT SELECT ON ALL SEQUENCES IN SCHEMA \(schema) TO \(role);")
        }
        let hidden = try connection.execute(
            """
            SELECT count(*), min(pg_catalog.format('%I.%I', n.nspname, c.relname)) \
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND \(isUsers) \
            AND pg_catalog.row_security_active(c.oid)
            """)
        if let count = hidden.integer(0, 0), count > 0 {
            let example = hidden.text(0, 1) ?? ""
            missing.append(
                MissingRight(
                    action: count == 1
                        ? "read all rows of \(example), which has policies for rows, for a backup"
                        : "read all rows of \(count) tables with policies for rows, such as \(example), for a backup",
                    isAlwaysNeeded: false,
                    grant: "ALTER ROLE \(role) BYPASSRLS; -- as a superuser"))
        }
        return missing
    }

    /// Whether a table of the schema `n` is neither the server's, nor the registry's, nor that of an
    /// extension.
    private var isUsers: String {
        """
        n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', \(names.schema.sqlLiteral)) \
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        """
    }

    private func registryRight(
        _ connection: Connection, _ registry: RegistryState
    ) throws(DatabaseError) -> MissingRight? {
        let schema = names.quotedSchema
        let role = user.sqlIdentifier
        if case .present(let version) = registry {
            let question = registryRightsQuestion(version: version)
            guard try !connection.execute(question).flag(0, 0) else { return nil }
            return MissingRight(
                action: "write the history in schema \(names.schema)", isAlwaysNeeded: true,
                grant: "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(schema)"
                    + " TO \(role);")
        }
        let name = schema.sqlLiteral
        let rows = try connection.execute(
            """
            SELECT pg_catalog.to_regnamespace(\(name)) IS NOT NULL, \
            CASE WHEN pg_catalog.to_regnamespace(\(name)) IS NULL \
            THEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') \
            ELSE pg_catalog.has_schema_privilege(\(names.schema.sqlLiteral), 'CREATE') END
            """)
        guard !rows.flag(0, 1) else { return nil }
        return rows.flag(0, 0)
            ? MissingRight(
                action: "create tables in schema \(names.schema)", isAlwaysNeeded: true,
                grant: "GRANT USAGE, CREATE ON SCHEMA \(schema) TO \(role);")
            : MissingRight(
                action: "create the schema \(names.schema)", isAlwaysNeeded: true,
                grant: "GRANT CREATE ON DATABASE \(connection.database.sqlIdentifier) TO \(role);")
    }

    /// Where unqualified names are created.
    private func schemaRight(_ connection: Connection) throws(DatabaseError) -> MissingRight? {
        let rows = try connection.execute(
            """
            SELECT s.name, pg_catalog.has_schema_privilege(s.name, 'CREATE') \
            FROM (SELECT pg_catalog.current_schema()::text AS name) s
            """)
        guard let schema = rows.text(0, 0), !rows.flag(0, 1) else { return nil }
        return MissingRight(
            action: "create tables in schema \(schema)", isAlwaysNeeded: false,
            grant: "GRANT USAGE, CREATE ON SCHEMA \(schema.sqlIdentifier) TO \(user.sqlIdentifier);"
        )
    }

    /// As many statements as a line can hold.
    private static let mostStatements = 10

    /// Only an owner, or a member of the owning role, may alter and drop a table.
    ///
    /// Membership is no advice where it would make this user a superuser, or where the owner is a member
    /// of this user's role: there the tables change hands.
    private func tableRights(_ connection: Connection) throws(DatabaseError) -> [MissingRight] {
        let rows = try connection.execute(
            """
            SELECT pg_catalog.pg_get_userbyid(c.relowner), count(*), \
            min(pg_catalog.format('%I.%I', n.nspname, c.relname)), \
            pg_catalog.pg_has_role(c.relowner, \(user.sqlLiteral)::name, 'MEMBER') OR EXISTS (\
            SELECT FROM pg_catalog.pg_roles s WHERE s.rolsuper \
            AND pg_catalog.pg_has_role(c.relowner, s.oid, 'MEMBER')), \
            pg_catalog.array_to_string((pg_catalog.array_agg(pg_catalog.format(\
            'ALTER TABLE %I.%I OWNER TO %I;', n.nspname, c.relname, \(user.sqlLiteral)) \
            ORDER BY n.nspname, c.relname))[1:\(Self.mostStatements)], ' ') FROM pg_catalog.pg_class c \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE c.relkind IN ('r', 'p') AND \(isUsers) \
            AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE') \
            GROUP BY c.relowner ORDER BY 1
            """)
        return (0..<rows.count).map { row in
            let owner = rows.text(row, 0) ?? ""
            let count = rows.integer(row, 1) ?? 0
            let example = rows.text(row, 2) ?? ""
            let changesHands = rows.flag(row, 3)
            return MissingRight(
                action: count == 1
                    ? "alter or drop \(example), a table of \(owner)"
                    : "alter or drop \(count) tables of \(owner), such as \(example)",
                isAlwaysNeeded: false,
                grant: changesHands
                    ? "\(rows.text(row, 4) ?? "") -- as a superuser\(count > Self.mostStatements ? ", and so on" : "")"
                    : "GRANT \(owner.sqlIdentifier) TO \(user.sqlIdentifier);")
        }
    }
}
