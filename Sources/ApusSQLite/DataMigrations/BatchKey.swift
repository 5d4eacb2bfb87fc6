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
        let unique = try uniqueIndexes(in: database)
        // What another name for the rowid is has no index of its own.
        let alias =
            keys.count == 1 && (keys[0]["type"] as String).uppercased() == "INTEGER"
                && !unique.contains(where: \.isPrimary)
            ? (keys[0]["name"] as String).lowercased() : nil
        let withoutRowid = try mapped {
            try Bool.fetchOne(
                database,
                sql:
                    "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ? COLLATE NOCASE",
                arguments: [name]) ?? false
        }
        if wanted == ["rowid"], !withoutRowid, !known.contains(where: { $0.isNamed("rowid") }) {
            guard alias != nil else { throw rowidMayChange(known, unique) }
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
        guard isUnique(alias, keys, unique) else {
            throw .batchKeyInvalid(
                "\(columns.joined(separator: ", ")) of \(name) is not unique: no unique index has only these columns"
            )
        }
        return types.joined(separator: ", ")
    }

    /// The table's name without schema and quotes.
    private var name: String { SQLName.unquoted(SQLName.parts(of: table).last ?? table) }

    private var wanted: [String] { columns.map { SQLName.unquoted($0).lowercased() } }

    private func isUnique(_ alias: String?, _ keys: [Row], _ unique: [UniqueIndex]) -> Bool {
        if let alias, wanted.contains(alias) { return true }
        let primary = Set(keys.map { ($0["name"] as String).lowercased() })
        if !primary.isEmpty, primary.isSubset(of: wanted) { return true }
        return unique.contains { Set($0.columns.map { $0.lowercased() }).isSubset(of: wanted) }
    }

    /// A unique index over columns alone, without a condition.
    private struct UniqueIndex {
        var columns: [String]
        var isPrimary: Bool
    }

    private func uniqueIndexes(in database: Database) throws(DatabaseError) -> [UniqueIndex] {
        try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT name, origin FROM pragma_index_list(?, 'main')
                    WHERE "unique" AND NOT partial ORDER BY seq
                    """, arguments: [name]
            ).compactMap { index in
                let names = try Optional<String>.fetchAll(
                    database, sql: "SELECT name FROM pragma_index_info(?, 'main') ORDER BY seqno",
                    arguments: [index["name"] as String])
                // An expression has no name.
                let columns = names.compactMap(\.self)
                return columns.count == names.count
                    ? UniqueIndex(columns: columns, isPrimary: index["origin"] == "pk") : nil
            }
        }
    }

    /// VACUUM numbers the rows of such a table anew: a batch could be done twice, and another never.
    private func rowidMayChange(_ known: [Row], _ unique: [UniqueIndex]) -> DatabaseError {
        let filled = Set(known.filter { $0["notnull"] }.map { $0["name"] as String })
        // A directive's words have no spaces, and commas separate its columns.
        let other = unique.filter { index in
            filled.isSuperset(of: index.columns)
                && !index.columns.contains { $0.contains { " ,\"".contains($0) } }
        }.min { $0.columns.count < $1.columns.count }
        let key = other?.columns.map(SQLName.written).joined(separator: ",")
        let help =
            (key.map { ["go by a unique key of the table: key=\($0)"] } ?? [])
            + [
                "give it an INTEGER PRIMARY KEY before: apus sqlite rebuild \(name.shellWord) VERSION"
            ]
        return .batchKeyInvalid(
            "the rowid of \(name) may change: it has no INTEGER PRIMARY KEY, so VACUUM numbers its rows anew",
            help: help)
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
