/// What one table holds, in a form that can be compared: how many rows, and a digest of each column.
///
/// A digest does not depend on the order of the rows. It is made by the driver, and compared only
/// with those of the same driver and the same server.
public struct TableContents: Hashable, Sendable {
    /// Qualified where the database has schemas.
    public var name: String
    public var rows: Int64
    /// The digest of each column by its name, NULLs included.
    public var columns: [String: String]
    /// The digest of whole rows, the columns sorted by name: which values stand together.
    public var together: String

    public init(name: String, rows: Int64, columns: [String: String], together: String) {
        self.name = name
        self.rows = rows
        self.columns = columns
        self.together = together
    }
}

/// One thing that a migration and its undoing did to the data.
public enum DataChange: Hashable, Sendable {
    /// The table is gone, with as many rows.
    case table(String, rows: Int64)
    /// It has another number of rows.
    case rows(String, before: Int64, after: Int64)
    /// The column is gone.
    case column(String, String)
    /// The column holds other values than before.
    case values(String, String)
    /// Each column holds what it held, but not in the same rows.
    case together(String)

    /// What has come of the data, by table and then column; what is new is no loss.
    ///
    /// Where rows are missing, the columns' values differ with them and are not listed.
    public static func between(
        _ before: [TableContents], _ after: [TableContents]
    ) -> [DataChange] {
        let now = Dictionary(after.map { ($0.name, $0) }) { $1 }
        return before.sorted { $0.name < $1.name }.flatMap { old -> [DataChange] in
            guard let new = now[old.name] else {
                return old.rows > 0 ? [.table(old.name, rows: old.rows)] : []
            }
            return changes(of: old, to: new)
        }
    }

    private static func changes(of old: TableContents, to new: TableContents) -> [DataChange] {
        var changes: [DataChange] = []
        if old.rows != new.rows {
            changes.append(.rows(old.name, before: old.rows, after: new.rows))
        }
        guard old.rows > 0 else { return changes }
        for (column, digest) in old.columns.sorted(by: { $0.key < $1.key }) {
            switch new.columns[column] {
            case nil: changes.append(.column(old.name, column))
            case let other? where other != digest && old.rows == new.rows:
                changes.append(.values(old.name, column))
            default: break
            }
        }
        // With other columns, whole rows cannot be the same.
        if changes.isEmpty, old.columns == new.columns, old.together != new.together {
            changes.append(.together(old.name))
        }
        return changes
    }

    /// The table that it is about.
    public var table: String {
        switch self {
        case .table(let table, _), .rows(let table, _, _), .column(let table, _),
            .values(let table, _), .together(let table):
            table
        }
    }

    /// The column that it is about, where it is about one.
    public var column: String? {
        switch self {
        case .column(_, let column), .values(_, let column): column
        case .table, .rows, .together: nil
        }
    }

    /// For people: `guests.name: other values than before`.
    public var sentence: String {
        switch self {
        case .table(let table, let rows):
            "\(table): the table is gone, with \(rows) row\(rows == 1 ? "" : "s")"
        case .rows(let table, let before, let after):
            "\(table): \(after) row\(after == 1 ? "" : "s") instead of \(before); the columns of the others are not compared"
        case .column(let table, let column): "\(table).\(column): the column is gone"
        case .values(let table, let column): "\(table).\(column): other values than before"
        case .together(let table): "\(table): values have moved from row to row"
        }
    }
}
