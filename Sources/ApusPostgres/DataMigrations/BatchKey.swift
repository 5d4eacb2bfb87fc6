import ApusCore
import ApusEngine

/// The key that a table is gone through by: where the next batch begins and ends.
struct BatchKey {
    private let table: String
    private let columns: [String]

    init(_ clause: BatchClause) {
        table = clause.table
        columns = clause.key
    }

    /// The keys of one batch, both ends included.
    struct Range: Sendable {
        /// Typed literals, one for each column.
        var first: [String]
        var last: [String]
        /// The last one as plain texts.
        var lastKey: [String]
        var rows: Int
    }

    /// SQL that estimates how many rows the table has; its parts' together, where it has parts: a table
    /// without any is in no partition tree.
    var estimate: String {
        """
        SELECT CASE WHEN min(c.reltuples) < 0 THEN NULL ELSE sum(c.reltuples)::bigint END \
        FROM pg_catalog.pg_class c WHERE c.relkind <> 'p' AND c.oid IN \
        (SELECT \(table.sqlLiteral)::pg_catalog.regclass UNION ALL SELECT t.relid \
        FROM pg_catalog.pg_partition_tree(\(table.sqlLiteral)::pg_catalog.regclass) t)
        """
    }

    /// Checks that the columns are NOT NULL and unique together; gives them with their types.
    func check(on connection: Connection) throws(DatabaseError) -> String {
        let names = columns.map { SQLName.folded($0).sqlLiteral }.joined(separator: ", ")
        let rows = try connection.execute(
            """
            WITH k AS (SELECT a.attname, a.attnum, a.attnotnull, n.ord, \
            pg_catalog.format_type(a.atttypid, a.atttypmod) AS type \
            FROM pg_catalog.unnest(ARRAY[\(names)]) WITH ORDINALITY AS n(name, ord) \
            JOIN pg_catalog.pg_attribute a ON a.attname = n.name AND a.attnum > 0 \
            AND NOT a.attisdropped \
            AND a.attrelid = pg_catalog.to_regclass(\(table.sqlLiteral))) \
            SELECT (SELECT count(*) FROM k), \
            (SELECT pg_catalog.string_agg(k.attname, ', ') FROM k WHERE NOT k.attnotnull), \
            EXISTS (SELECT FROM pg_catalog.pg_index i \
            WHERE i.indrelid = pg_catalog.to_regclass(\(table.sqlLiteral)) AND i.indisunique \
            AND i.indisvalid AND i.indpred IS NULL AND NOT 0 = ANY (i.indkey) \
            AND NOT EXISTS (SELECT FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS p(at) \
            WHERE NOT EXISTS (SELECT FROM k WHERE k.attnum = i.indkey[p.at]))), \
            (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(k.attname) || ' ' || k.type, ', ' ORDER BY k.ord) FROM k), \
            pg_catalog.to_regclass(\(table.sqlLiteral)) IS NULL
            """)
        guard !rows.flag(0, 4) else { throw .batchKeyInvalid("there is no table \(table)") }
        guard rows.integer(0, 0) == Int64(columns.count) else {
            throw .batchKeyInvalid(
                "\(table) has no such columns: \(columns.joined(separator: ", "))")
        }
        if let nullable = rows.text(0, 1) {
            throw .batchKeyInvalid(
                "\(nullable) of \(table) may be NULL: such rows have no place in the order")
        }
        guard rows.flag(0, 2) else {
            throw .batchKeyInvalid(
                "\(columns.joined(separator: ", ")) of \(table) is not unique: no unique index has only these columns"
            )
        }
        return rows.text(0, 3) ?? ""
    }

    /// The next keys; `nil` where none is left. One question, which also sees whether a type has
    /// changed.
    func range(
        behind last: [String]?, size: Int, types: String, _ work: BatchWork,
        on connection: Connection
    ) throws(DatabaseError) -> Range? {
        let typeNames = Self.typeNames(types, columns.count)
        let list = columns.joined(separator: ", ")
        let behind = last.map { last in
            "WHERE (\(list)) > (\(Self.literals(last, typeNames).joined(separator: ", "))) "
        }
        let keys = columns.indices.map { "k\($0)" }
        // Qualified: by its name alone, ORDER BY would take the text that the key is given as.
        let ascending = keys.map { "b.\($0)" }.joined(separator: ", ")
        let descending = keys.map { "b.\($0) DESC" }.joined(separator: ", ")
        let texts = keys.map { "\($0)::text" }.joined(separator: ", ")
        let kinds = keys.map {
            "pg_catalog.format_type(pg_catalog.pg_typeof(\($0)), NULL)"
        }.joined(separator: ", ")
        let rows = try connection.execute(
            """
            WITH b(\(keys.joined(separator: ", "))) AS MATERIALIZED (SELECT \(list) FROM \(table) \
            \(behind ?? "")ORDER BY \(list) LIMIT \(size)) \
            (SELECT (SELECT count(*) FROM b), \(texts), \(kinds) FROM b ORDER BY \(ascending) LIMIT 1) \
            UNION ALL \
            (SELECT 0, \(texts), \(kinds) FROM b ORDER BY \(descending) LIMIT 1)
            """)
        guard rows.count == 2, let count = rows.integer(0, 0) else { return nil }
        let width = columns.count
        for index in 0..<width {
            let now = rows.text(0, 1 + width + index) ?? ""
            guard now == Self.base(typeNames[index]) else {
                throw .batchKeyChanged(
                    "\(columns[index]) of \(table)", from: typeNames[index], to: now, work)
            }
        }
        let first = (0..<width).map { rows.text(0, 1 + $0) ?? "" }
        let end = (0..<width).map { rows.text(1, 1 + $0) ?? "" }
        return Range(
            first: Self.literals(first, typeNames), last: Self.literals(end, typeNames),
            lastKey: end, rows: Int(count))
    }

    private static func literals(_ key: [String], _ types: [String]) -> [String] {
        zip(key, types).map { "\($0.sqlLiteral)::\($1)" }
    }

    /// The types out of `house integer, "From" numeric(10,2)`: commas inside of parentheses and quotes
    /// separate nothing.
    private static func typeNames(_ text: String, _ count: Int) -> [String] {
        var parts = [""]
        var depth = 0
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if isQuoted {
                // A space in a name is no end of it.
                parts[parts.count - 1].append(character == " " ? "_" : character)
                continue
            }
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        let names = parts.map { part in
            String(part.drop { $0 == " " }.drop { $0 != " " }.dropFirst())
        }
        return names + Array(repeating: "text", count: max(0, count - names.count))
    }

    /// The type without what limits it: `numeric(10,2)` is `numeric`, `timestamp(3) with time zone`
    /// `timestamp with time zone`.
    private static func base(_ type: String) -> String {
        guard let open = type.firstIndex(of: "("), let close = type.firstIndex(of: ")") else {
            return type
        }
        return String(type[..<open]) + String(type[type.index(after: close)...])
    }
}
