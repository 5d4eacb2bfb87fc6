import ApusCore
import ApusEngine

extension PostgresSession {
    /// Runs `body` in a read-only transaction that sees one moment. Sets nothing that outlasts it:
    /// reading works behind a transaction pooler and on a standby.
    func reading<Value>(
        _ body: (Connection) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        let connection = try connection
        connection.silence?.limit = .seconds(60)
        defer { connection.silence?.limit = nil }
        try connection.execute(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                + " SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '30s'")
        defer { if connection.isInTransaction { connection.batch("ROLLBACK") } }
        do throws(DatabaseError) {
            return try body(connection)
        } catch  where error.code == .insufficientPrivilege {
            var error = error
            error.help = [
                "GRANT USAGE ON SCHEMA \(names.quotedSchema) TO \(user.sqlIdentifier);",
                "GRANT SELECT ON ALL TABLES IN SCHEMA \(names.quotedSchema)"
                    + " TO \(user.sqlIdentifier);",
            ]
            throw error
        }
    }

    /// Runs SQL of our own in one transaction; what its statements answered.
    @discardableResult
    func writing(_ sql: String) throws(DatabaseError) -> [Rows] {
        try writing(sql) { _ in }
    }

    /// Runs SQL of our own in one transaction, which `check` may still refuse.
    @discardableResult
    func writing(
        _ sql: String, _ check: ([Rows]) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> [Rows] {
        let connection = try connection
        let batch = connection.batch("BEGIN READ WRITE; \(sql)")
        do throws(DatabaseError) {
            if let error = batch.error { throw error }
            let results = Array(batch.results.dropFirst())
            try check(results)
            failpoint("postgres.written")
            guard try connection.execute("COMMIT").tag == "COMMIT" else {
                throw DatabaseError(.commitFailed, "the server rolled back what Apus recorded")
            }
            failpoint("postgres.committed")
            return results
        } catch {
            if connection.isInTransaction { connection.batch("ROLLBACK") }
            throw error
        }
    }

    /// Looks at what stands in the registry's place.
    func registryState(_ connection: Connection) throws(DatabaseError) -> RegistryState {
        let tables = RegistryState.columns.keys.sorted().map(\.sqlLiteral).joined(separator: ", ")
        let found = try connection.execute(
            """
            SELECT c.relname, a.attname FROM pg_catalog.pg_class c \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
            WHERE n.nspname = \(names.schema.sqlLiteral) AND c.relname IN (\(tables)) \
            AND a.attnum > 0 AND NOT a.attisdropped
            """)
        var columns: [String: Set<String>] = [:]
        for row in 0..<found.count {
            guard let table = found.text(row, 0), let column = found.text(row, 1) else { continue }
            columns[table, default: []].insert(column)
        }
        return try RegistryState(found: columns, schema: names.schema) {
            () throws(DatabaseError) in
            try connection.execute(
                "SELECT s.value FROM \(names.settings) s WHERE s.name = 'registry'"
            ).text(0, 0)
        }
    }
}
