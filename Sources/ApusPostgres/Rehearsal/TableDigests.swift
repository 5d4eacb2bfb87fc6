import ApusCore
import ApusEngine

extension PostgresSession {
    /// How many rows every table has, and a digest of each column, as of one moment.
    ///
    /// Partitions are counted with their table; what is derived (materialized views) and what belongs
    /// to an extension is left out.
    func tableContents() async throws(DatabaseError) -> [TableContents] {
        try await cancellable { () throws(DatabaseError) in
            try reading { (connection) throws(DatabaseError) in
                try connection.execute(
                    """
                    SET LOCAL row_security = off; SET LOCAL TimeZone = 'UTC'; \
                    SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; \
                    SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; \
                    SET LOCAL search_path = ''
                    """)
                return try tables(connection).map { (table) throws(DatabaseError) in
                    try table.contents(connection)
                }
            }
        }
    }

    private func tables(_ connection: Connection) throws(DatabaseError) -> [DigestedTable] {
        let rows = try connection.execute(
            """
            SELECT n.nspname, c.relname, c.relkind, a.attname FROM pg_catalog.pg_class c \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
            AND NOT a.attisdropped \
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' \
            AND n.nspname NOT IN ('information_schema', \(names.schema.sqlLiteral)) \
            AND n.nspname !~ '^pg_' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid \
            AND d.deptype = 'e') ORDER BY n.nspname, c.relname, a.attname COLLATE "C"
            """)
        var tables: [DigestedTable] = []
        for row in 0..<rows.count {
            guard let schema = rows.text(row, 0), let name = rows.text(row, 1) else { continue }
            if tables.last.map({ $0.schema != schema || $0.name != name }) ?? true {
                tables.append(
                    DigestedTable(
                        schema: schema, name: name, isPartitioned: rows.text(row, 2) == "p"))
            }
            if let column = rows.text(row, 3) { tables[tables.count - 1].columns.append(column) }
        }
        return tables
    }
}

private struct DigestedTable {
    var schema: String
    var name: String
    var isPartitioned: Bool
    /// Sorted, so that a column which was added again at the end makes no difference.
    var columns: [String] = []

    func contents(_ connection: Connection) throws(DatabaseError) -> TableContents {
        let values = columns.map { "t.\($0.sqlIdentifier)" }
        let row = "ROW(\(values.joined(separator: ", ")))"
        let digests = (values + [row]).map(Self.digest).joined(separator: ", ")
        // A table that others inherit from is read without them: they are tables of their own.
        let only = isPartitioned ? "" : "ONLY "
        let rows = try connection.execute(
            """
            SELECT pg_catalog.count(*), \(digests) \
            FROM \(only)\(schema.sqlIdentifier).\(name.sqlIdentifier) t
            """, Connection.Patience(isCancellable: true))
        var contents = TableContents(
            name: "\(schema).\(name)", rows: rows.integer(0, 0) ?? 0, columns: [:],
            together: rows.text(0, columns.count + 1) ?? "")
        for (index, column) in columns.enumerated() {
            contents.columns[column] = rows.text(0, index + 1)
        }
        return contents
    }

    /// Sums do not depend on the order of the rows, and count each value as often as it is there.
    private static func digest(_ value: String) -> String {
        """
        pg_catalog.concat(pg_catalog.count(\(value)), ':', pg_catalog.sum(\
        pg_catalog.hashtextextended((\(value))::pg_catalog.text COLLATE "C", 0)))
        """
    }
}
