import ApusCore
import GRDB

import struct ApusEngine.DatabaseError

/// One definition of a table, as far as a rebuild needs to know it.
struct TableShape: Sendable {
    struct Column: Hashable, Sendable {
        var name: String
        /// Computed from others: there is nothing to copy.
        var isGenerated: Bool
        /// A row cannot be made without a value for it.
        var needsValue: Bool
    }

    var definition: TableDefinition
    var columns: [Column]
    /// Whether ids are never given out twice.
    var isAutoincrement: Bool
    /// Whether rows have a number that no column shows, which a full-text index may refer to.
    var hasHiddenRowid: Bool

    func has(_ column: Column) -> Bool {
        columns.contains { $0.name.lowercased() == column.name.lowercased() }
    }

    /// The shape of a table that is there.
    init(
        _ definition: TableDefinition, of table: String, in database: Database
    ) throws(DatabaseError) {
        self.definition = definition
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT name, type, "notnull" AS not_null, dflt_value IS NULL AS has_no_default,
                        pk, hidden FROM pragma_table_xinfo(?, 'main') ORDER BY cid
                    """, arguments: [table])
        }
        let keys = rows.filter { $0["pk"] > 0 }
        let withoutRowid = try mapped {
            try Bool.fetchOne(
                database,
                sql:
                    "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ? COLLATE NOCASE",
                arguments: [table]) ?? false
        }
        let alias: String? =
            keys.count == 1 && !withoutRowid
                && (keys[0]["type"] as String).uppercased() == "INTEGER"
            ? keys[0]["name"] : nil
        columns = rows.map { row in
            let name: String = row["name"]
            let isGenerated = row["hidden"] as Int == 2 || row["hidden"] as Int == 3
            return Column(
                name: name, isGenerated: isGenerated,
                needsValue: row["not_null"] && row["has_no_default"] && !isGenerated
                    && name != alias)
        }
        isAutoincrement = definition.isAutoincrement
        let names = Set(columns.map { $0.name.lowercased() })
        hasHiddenRowid = alias == nil && !withoutRowid && !names.contains("rowid")
    }
}

/// The text of a CREATE TABLE, taken apart where another name can be put in.
struct TableDefinition: Hashable, Sendable {
    let name: String
    /// From the parenthesis that opens the columns to the end.
    let body: String
    let isAutoincrement: Bool

    /// `nil` for anything but one `CREATE TABLE name (…)`, with or without IF NOT EXISTS.
    init?(_ sql: String) {
        let words = NormalisedSQL(sql).words
        guard let open = words.firstIndex(where: { $0.text == "(" && !$0.isQuoted }), open > 2,
            let name = words[open - 1].name ?? Self.unquoted(words[open - 1].text),
            words.last?.text != ";",
            Self.beginnings.contains(
                words[..<(open - 1)].map { $0.isQuoted ? "" : $0.text.uppercased() }),
            !words.contains(where: { $0.text == ";" })
        else { return nil }
        let bytes = Array(sql.utf8)
        var lexer = Lexer(dialect: .sqlite)
        var start: Int?
        var end = 0
        while let token = lexer.nextSignificant(in: bytes.span) {
            if start == nil, token.kind == .openParenthesis { start = token.range.lowerBound }
            if token.kind != .semicolon { end = token.range.upperBound }
        }
        guard let start else { return nil }
        self.name = name
        body = String(decoding: bytes[start..<end], as: UTF8.self)
        isAutoincrement = words.contains { $0.is("AUTOINCREMENT") }
    }

    /// The statement with another name for the table.
    func text(named name: String) -> String { "CREATE TABLE \(name.quotedName) \(body);" }

    private static let beginnings: [[String]] = [
        ["CREATE", "TABLE"], ["CREATE", "TABLE", "IF", "NOT", "EXISTS"],
        ["CREATE", "TABLE", "MAIN", "."], ["CREATE", "TABLE", "IF", "NOT", "EXISTS", "MAIN", "."],
    ]

    /// SQLite takes a text for a name where only a name can stand.
    private static func unquoted(_ text: String) -> String? {
        guard text.utf8.first == UInt8(ascii: "'"), text.utf8.count > 2 else { return nil }
        return String(text.dropFirst().dropLast()).replacing("''", with: "'")
    }
}

extension String {
    /// As a name in a statement, whatever it holds.
    var quotedName: String { "\"\(replacing("\"", with: "\"\""))\"" }
}
