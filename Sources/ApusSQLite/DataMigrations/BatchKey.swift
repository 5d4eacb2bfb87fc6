import ApusCore
import ApusEngine
import GRDB

import struct ApusEngine.DatabaseError

/// The key that a table is gone through by: where the next batch begins and ends.
struct BatchKey {
    let table: String
    let columns: [String]

    init(_ clause: BatchClause) {
        table = clause.table
        columns = clause.key
    }

    /// The keys of one batch as SQL literals, both ends included.
    struct Range {
        var first: [String]
        var last: [String]
        var rows: Int
    }

    /// Checks that the columns are NOT NULL and unique together; gives them with their types.
    func check(in database: Database) throws(DatabaseError) -> String {
        let known = try mapped {
            try Row.fetchAll(
                database, sql: "SELECT * FROM pragma_table_info(?, 'main')", arguments: [name])
        }
        guard !known.isEmpty else { throw .batchKeyInvalid("there is no table \(name)") }
        let keys = known.filter { $0["pk"] > 0 }
        let alias =
            keys.count == 1 && (keys[0]["type"] as String).uppercased() == "INTEGER"
            ? (keys[0]["name"] as String).lowercased() : nil
        let withoutRowid = try mapped {
            try Bool.fetchOne(
                database,
                sql:
                    "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ? COLLATE NOCASE",
                arguments: [name]) ?? false
        }
        if wanted == ["rowid"], !withoutRowid, !known.contains(where: { $0.isNamed("rowid") }) {
            return "rowid INTEGER"
        }
        var types: [String] = []
        for column in wanted {
            guard let row = known.first(where: { $0.isNamed(column) }) else {
                throw .batchKeyInvalid("\(name) has no column \(column)")
            }
            let isKey = withoutRowid && row["pk"] > 0
            guard row["notnull"] || isKey || column == alias else {
                throw .batchKeyInvalid(
                    "\(column) of \(name) may be NULL: such rows have no place in the order")
            }
            types.append("\(column) \(row["type"] as String)")
        }
        guard try isUnique(alias, keys, in: database) else {
            throw .batchKeyInvalid(
                "\(columns.joined(separator: ", ")) of \(name) is not unique: no unique index has only these columns"
            )
        }
        return types.joined(separator: ", ")
    }

    /// The table's name without schema and quotes.
    private var name: String { SQLName.unquoted(SQLName.parts(of: table).last ?? table) }

    private var wanted: [String] { columns.map { SQLName.unquoted($0).lowercased() } }

    private func isUnique(
        _ alias: String?, _ keys: [Row], in database: Database
    ) throws(DatabaseError) -> Bool {
        if let alias, wanted.contains(alias) { return true }
        let primary = Set(keys.map { ($0["name"] as String).lowercased() })
        if !primary.isEmpty, primary.isSubset(of: wanted) { return true }
        let indexes = try mapped {
            try String.fetchAll(
                database,
                sql: """
                    SELECT name FROM pragma_index_list(?, 'main') WHERE "unique" AND NOT partial
                    """, arguments: [name])
        }
        for index in indexes {
            let names = try mapped {
                try Optional<String>.fetchAll(
                    database, sql: "SELECT name FROM pragma_index_info(?, 'main')",
                    arguments: [index])
            }
            // An expression has no name.
            let all = names.compactMap { $0?.lowercased() }
            if all.count == names.count, Set(all).isSubset(of: wanted) { return true }
        }
        return false
    }

    func count(in database: Database) throws(DatabaseError) -> Int64? {
        try mapped { try Int64.fetchOne(database, sql: "SELECT count(*) FROM \(table)") }
    }

    /// The next keys; `nil` where none is left.
    func range(
        behind last: [String]?, size: Int, in database: Database
    ) throws(DatabaseError) -> Range? {
        let list = columns.joined(separator: ", ")
        let behind =
            last.map { "WHERE (\(list)) > (\($0.joined(separator: ", "))) " } ?? ""
        let names = columns.indices.map { "k\($0)" }
        let keys = names.joined(separator: ", ")
        let quoted = names.map { "quote(\($0))" }.joined(separator: ", ")
        let descending = names.map { "\($0) DESC" }.joined(separator: ", ")
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    WITH b(\(keys)) AS MATERIALIZED
                        (SELECT \(list) FROM \(table) \(behind)ORDER BY \(list) LIMIT \(size))
                    SELECT * FROM (SELECT (SELECT count(*) FROM b), \(quoted) FROM b ORDER BY \(keys) LIMIT 1)
                    UNION ALL
                    SELECT * FROM (SELECT 0, \(quoted) FROM b ORDER BY \(descending) LIMIT 1)
                    """)
        }
        guard rows.count == 2 else { return nil }
        return Range(
            first: columns.indices.map { rows[0][1 + $0] },
            last: columns.indices.map { rows[1][1 + $0] }, rows: rows[0][0])
    }
}

extension Row {
    fileprivate func isNamed(_ name: String) -> Bool {
        (self["name"] as String).lowercased() == name
    }
}
