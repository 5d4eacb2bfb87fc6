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
        try connection.execute(Self.beginReading.joined(separator: "; "))
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

    private static let beginReading = [
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SET LOCAL statement_timeout = 0",
        "SET LOCAL lock_timeout = '30s'",
    ]

    /// What queries of the registry answer, asked in one message: a database may be far away. They see
    /// one moment, as in ``reading(_:)``.
    ///
    /// - Returns: `nil` where the registry is not, or not certainly, the one that this Apus writes: who
    ///   asks has to look first, and then ask one by one.
    func answers(to queries: [String]) throws(DatabaseError) -> [Rows]? {
        guard RegistryState.isCurrent(registrySeen, schema: names.schema) else { return nil }
        let connection = try connection
        connection.silence?.limit = .seconds(60)
        defer { connection.silence?.limit = nil }
        let before = Self.beginReading + [registryColumns, registryVersion]
        let batch = connection.batch(
            (before + queries + ["ROLLBACK"]).joined(separator: "; "))
        guard batch.error == nil, batch.results.count == before.count + queries.count + 1 else {
            // What it was is said by whoever asks one by one, or nothing was wrong with that.
            if connection.isInTransaction { connection.batch("ROLLBACK") }
            return nil
        }
        let found = Self.columns(batch.results[before.count - 2])
        let version = batch.results[before.count - 1].text(0, 0)
        guard RegistryState.isCurrent(found, version: version, schema: names.schema) else {
            return nil
        }
        return Array(batch.results[before.count..<before.count + queries.count])
    }

    /// Each row as a value; throws where one is none.
    func values<Value>(
        _ rows: Rows, of table: String, _ value: (Rows, Int) -> Value?
    ) throws(DatabaseError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            guard let value = value(rows, row) else { throw damaged(table, rows.text(row, 0)) }
            values.append(value)
        }
        return values
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
        registrySeen = Self.columns(try connection.execute(registryColumns))
        return try RegistryState(found: registrySeen, schema: names.schema) {
            () throws(DatabaseError) in
            try connection.execute(registryVersion).text(0, 0)
        }
    }

    /// SQL for the columns of the tables that stand in the registry's place.
    var registryColumns: String {
        let tables = RegistryState.columns.keys.sorted().map(\.sqlLiteral).joined(separator: ", ")
        return """
            SELECT c.relname, a.attname FROM pg_catalog.pg_class c \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
            WHERE n.nspname = \(names.schema.sqlLiteral) AND c.relname IN (\(tables)) \
            AND a.attnum > 0 AND NOT a.attisdropped
            """
    }

    private var registryVersion: String {
        "SELECT s.value FROM \(names.settings) s WHERE s.name = 'registry'"
    }

    /// What ``registryColumns`` answered, by table.
    static func columns(_ rows: Rows) -> [String: Set<String>] {
        var columns: [String: Set<String>] = [:]
        for row in 0..<rows.count {
            guard let table = rows.text(row, 0), let column = rows.text(row, 1) else { continue }
            columns[table, default: []].insert(column)
        }
        return columns
    }
}
