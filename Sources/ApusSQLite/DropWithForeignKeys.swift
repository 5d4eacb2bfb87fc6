import ApusCore
import ApusEngine
import GRDBSQLite

/// A DROP TABLE with foreign keys on: SQLite deletes the table's own rows first, and what refers to them is
/// deleted or changed along with them, without a word.
struct DropWithForeignKeys {
    private let table: String
    private let ownRows: Int64
    private let changesBefore: Int64

    /// `nil` where the statement is another one, or foreign keys are off.
    init?(_ statement: Statement, of step: Step, on handle: OpaquePointer) {
        guard step.source.leadingWords(of: statement, .sqlite, limit: 2) == ["DROP", "TABLE"],
            Self.number("PRAGMA foreign_keys", on: handle) == 1
        else { return nil }
        var rest = NormalisedSQL(step.source.text(statement.range)).words.dropFirst(2)
        if rest.first?.is("IF") == true { rest = rest.dropFirst(2) }
        table = NormalisedSQL.text(rest)
        // Where there is no such table, the statement itself says so.
        guard let rows = Self.number("SELECT count(*) FROM \(table)", on: handle) else {
            return nil
        }
        ownRows = rows
        changesBefore = sqlite3_total_changes64(handle)
    }

    /// What to say behind the statement. The table's own rows are counted where any row refers to them.
    func notice(on handle: OpaquePointer) -> String? {
        let others = sqlite3_total_changes64(handle) - changesBefore - ownRows
        guard others > 0 else { return nil }
        let rows = others == 1 ? "1 row that refers" : "\(others) rows that refer"
        return "foreign keys are on: dropping \(table) deleted or changed \(rows) to it"
    }

    private static func number(_ sql: String, on handle: OpaquePointer) -> Int64? {
        let rows = Array(sql.utf8).withUnsafeBytes {
            try? RawQuery.firstRows(of: $0, limit: 1, on: handle)
        }
        return rows?.first.first?.first.flatMap(\.self).flatMap { Int64($0) }
    }
}
