/// A table made anew with another definition, its rows copied: what SQLite asks for where ALTER TABLE
/// cannot make a change (https://www.sqlite.org/lang_altertable.html, section 7).
///
/// Foreign keys are off while Apus runs a section, so that dropping the old table changes no other. The
/// old way of ALTER TABLE leaves the texts of views and of other tables' triggers alone, which name the
/// table while it is away.
public struct TableRebuild: Sendable {
    /// An index or trigger of the table.
    struct Dependant: Hashable, Sendable {
        var name: String
        var sql: String
    }

    /// Something that the new definition has no place for.
    struct Leftover: Hashable, Sendable {
        var name: String
        var reason: String
    }

    public let table: String
    let old: TableShape
    let new: TableShape
    /// In the order in which they were made.
    let dependants: [Dependant]
    /// Those that do not fit the new definition; they come back with the old one.
    var leftOver: [Leftover] = []
    /// What stops working that does not belong to the table, in SQLite's words.
    public internal(set) var broken: [String] = []

    /// The columns that the new definition lacks, whose values are lost.
    public var lostColumns: [String] {
        old.columns.filter { !new.has($0) && !$0.isGenerated }.map(\.name)
    }

    /// The indexes and triggers that the new definition has no place for.
    public var lostObjects: [String] { leftOver.map { "\($0.name): \($0.reason)" } }

    /// Why the old definition cannot come back; `nil` where it can.
    public var irreversibleReason: String? {
        let columns = Self.unfillable(from: new, to: old)
        guard !columns.isEmpty else { return nil }
        return
            "\(columns.joined(separator: ", ")) of \(table) cannot be filled again: NOT NULL, without a default"
    }

    /// The columns of `to` that no row of `from` could be copied into.
    static func unfillable(from: TableShape, to: TableShape) -> [String] {
        to.columns.filter { $0.needsValue && !from.has($0) }.map(\.name)
    }

    /// The statements of the up section, with comments.
    public var up: String {
        let fitting = dependants.filter { dependant in
            !leftOver.contains { $0.name == dependant.name }
        }
        return section(from: old, to: new, fitting, leftOver)
    }

    /// The statements of the down section; `nil` where there can be none.
    public var down: String? {
        irreversibleReason == nil ? section(from: new, to: old, dependants, []) : nil
    }

    private func section(
        from: TableShape, to: TableShape, _ dependants: [Dependant], _ leftOver: [Leftover]
    ) -> String {
        let place = temporaryName
        var lines = [
            "-- The table as it is to be. What is copied below must fit to it.",
            to.definition.text(named: place), "",
            copying(from: from, to: to, into: place),
        ]
        if from.isAutoincrement, to.isAutoincrement {
            lines += [
                "-- Ids that were given out once are not given out again.",
                "DELETE FROM sqlite_sequence WHERE name = \(place.quotedText);",
                "INSERT INTO sqlite_sequence (name, seq) SELECT \(place.quotedText), seq FROM sqlite_sequence WHERE name = \(table.quotedText);",
            ]
        }
        lines += [
            "DROP TABLE \(table.quotedName);",
            "-- So that views, and triggers of other tables, keep their texts.",
            "PRAGMA legacy_alter_table = ON;",
            "ALTER TABLE \(place.quotedName) RENAME TO \(table.quotedName);",
            "PRAGMA legacy_alter_table = OFF;",
        ]
        if !dependants.isEmpty {
            lines += ["", "-- What was dropped together with the table."]
            lines += dependants.map { Self.ended($0.sql) }
        }
        lines += leftOver.map { "-- Left out: \($0.name) (\($0.reason))" }
        return lines.joined(separator: "\n") + "\n"
    }

    private func copying(from: TableShape, to: TableShape, into place: String) -> String {
        var columns = to.columns.filter { !$0.isGenerated && from.has($0) }
            .map(\.name.quotedName)
        if from.hasHiddenRowid, to.hasHiddenRowid { columns.insert("rowid", at: 0) }
        guard !columns.isEmpty else {
            return "-- No column is in both: nothing is copied."
        }
        let list = columns.joined(separator: ", ")
        return "INSERT INTO \(place.quotedName) (\(list))\nSELECT \(list) FROM \(table.quotedName);"
    }

    /// A name that nothing in the database has.
    let temporaryName: String

    /// The last line may be a comment, which would swallow a `;` on the same line.
    private static func ended(_ sql: String) -> String {
        let lastLine = sql.split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
        return sql + (lastLine.contains("--") ? "\n;" : ";")
    }
}

extension String {
    fileprivate var quotedText: String { "'\(replacing("'", with: "''"))'" }
}
