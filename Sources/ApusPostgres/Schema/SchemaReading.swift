public import ApusCore
public import ApusEngine

extension PostgresSession {
    public func schema() throws(DatabaseError) -> SchemaSnapshot {
        if isLockHeld { try makeReady() }
        return try reading { (connection) throws(DatabaseError) in
            try connection.schema(registry: names.schema)
        }
    }
}

extension Connection {
    /// Reads the catalogue. In a transaction that sees one moment; sets only what ends with it.
    func schema(registry: String) throws(DatabaseError) -> SchemaSnapshot {
        let batch = batch(SchemaQueries.settings + SchemaQueries.text(registry: registry))
        if let error = batch.error { throw error }
        var objects: [SchemaObject] = []
        for rows in batch.results where rows.columns.starts(with: ["kind", "name"]) {
            objects += try Self.objects(rows)
        }
        return SchemaSnapshot(
            engine: .postgres, server: "PostgreSQL \(serverVersionText)", objects: objects)
    }

    private static func objects(_ rows: Rows) throws(DatabaseError) -> [SchemaObject] {
        let columns = rows.columns
        var objects: [SchemaObject] = []
        objects.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            guard let word = rows.text(row, 0), let kind = SchemaObject.Kind(rawValue: word),
                let name = rows.text(row, 1)
            else {
                throw DatabaseError(
                    .internalError,
                    "the server has an object that Apus cannot name: \(rows.text(row, 0) ?? "")")
            }
            var attributes: [SchemaObject.Attribute] = []
            for column in 2..<columns.count {
                guard let text = rows.text(row, column) else { continue }
                let isExpression = DeparsedText.attributes.contains(columns[column])
                attributes.append(
                    .init(columns[column], isExpression ? DeparsedText.normalised(text) : text))
            }
            objects.append(SchemaObject(kind, name, attributes))
        }
        return objects
    }
}

/// What is asked of the catalogue, all in one round trip.
private enum SchemaQueries {
    /// What decides how the server writes expressions, names and values; and no compiling, which
    /// takes longer than these queries do.
    static let settings = """
        SET LOCAL search_path = ''; SET LOCAL quote_all_identifiers = off; \
        SET LOCAL standard_conforming_strings = on; SET LOCAL DateStyle = 'ISO, MDY'; \
        SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC'; \
        SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL jit = off; 
        """

    static func text(registry: String) -> String {
        [
            PackageResources.relations_sql, PackageResources.columns_sql,
            PackageResources.table_parts_sql, PackageResources.types_sql,
            PackageResources.routines_sql, PackageResources.rights_sql,
            PackageResources.database_sql,
        ].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
            .replacing(":'registry'", with: registry.sqlLiteral)
    }
}
