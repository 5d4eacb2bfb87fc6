import ApusCore
import GRDB
import GRDBSQLite

import struct ApusEngine.DatabaseError

/// Notices what a table rebuild breaks without sqlite3 saying so.
///
/// SQLite accepts it: a view or trigger that names a table or column which is gone fails only when
/// it is used, and a rebuilt table forgets the highest id it ever gave out. A script means what it
/// means in sqlite3, so these are notices and not failures.
struct SchemaWatch {
    private let schemaVersion: Int
    /// What does not compile, with SQLite's reason.
    private let broken: [String: String]
    /// The highest id that each AUTOINCREMENT table gave out.
    private let sequences: [String: Int64]
    /// Indexes and triggers, each with its table.
    private let dependants: [Dependant]
    /// What the names of the registry's tables begin with: no script may touch them.
    private let registry: String

    private struct Dependant: Hashable {
        var type: String
        var name: String
        var table: String
    }

    /// - Parameter readsDependants: Whether indexes and triggers may go. There are many, and they are read only
    ///   before a script that may lose them.
    init(
        _ database: Database, registry: Registry, readsDependants: Bool = true
    ) throws(DatabaseError) {
        self.registry = registry.prefix
        schemaVersion = try Self.schemaVersion(database)
        broken = try Self.broken(database, besides: registry.prefix)
        sequences = try Self.sequences(database)
        dependants = readsDependants ? try Self.dependants(database) : []
    }

    /// What is worse than it was before.
    ///
    /// - Parameter dropped: Indexes and triggers that the script dropped by name.
    func notices(
        in database: Database, dropped: Set<String> = []
    ) throws(DatabaseError) -> [String] {
        guard try Self.schemaVersion(database) != schemaVersion else { return [] }
        var notices = try lost(in: database, dropped)
        for (name, reason) in try Self.broken(database, besides: registry).sorted(by: {
            $0.key < $1.key
        })
        where broken[name] == nil {
            notices.append("\(name) no longer work: \(reason)")
        }
        guard !sequences.isEmpty else { return notices }
        let after = try Self.sequences(database)
        let tables = try Self.tables(database)
        for (table, highest) in sequences.sorted(by: { $0.key < $1.key })
        where tables.contains(table) {
            let now = after[table]
            guard now ?? -1 < highest else { continue }
            let change =
                now.map { "went back from \(highest) to \($0)" } ?? "is lost (it was \(highest))"
            notices.append(
                "the AUTOINCREMENT mark of \(table) \(change): ids may be given out twice")
        }
        return notices
    }

    /// What went with a table that is there again.
    private func lost(
        in database: Database, _ dropped: Set<String>
    ) throws(DatabaseError) -> [String] {
        guard !dependants.isEmpty else { return [] }
        let after = try Set(Self.dependants(database).map(\.name))
        let tables = try Self.tables(database)
        return dependants.filter {
            !after.contains($0.name) && !dropped.contains($0.name) && tables.contains($0.table)
        }.map {
            "the \($0.type) \($0.name) is lost: it was dropped with \($0.table), and not made again"
        }
    }

    private static func dependants(_ database: Database) throws(DatabaseError) -> [Dependant] {
        try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT type, name, tbl_name FROM main.sqlite_schema
                    WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid
                    """
            ).map { Dependant(type: $0["type"], name: $0["name"], table: $0["tbl_name"]) }
        }
    }

    private static func tables(_ database: Database) throws(DatabaseError) -> Set<String> {
        try mapped {
            try Set(
                String.fetchAll(
                    database, sql: "SELECT name FROM main.sqlite_schema WHERE type = 'table'"))
        }
    }

    private static func schemaVersion(_ database: Database) throws(DatabaseError) -> Int {
        try mapped { try Int.fetchOne(database, sql: "PRAGMA main.schema_version") ?? 0 }
    }

    private static func sequences(_ database: Database) throws(DatabaseError) -> [String: Int64] {
        try mapped {
            let exists = try Bool.fetchOne(
                database,
                sql: "SELECT count(*) FROM main.sqlite_schema WHERE name = 'sqlite_sequence'")
            guard exists == true else { return [:] }
            let rows = try Row.fetchAll(
                database, sql: "SELECT name, seq FROM main.sqlite_sequence WHERE seq IS NOT NULL")
            return Dictionary(rows.map { ($0["name"], $0["seq"]) }) { max($0, $1) }
        }
    }

    /// Views are compiled by reading them, triggers by changing their tables; nothing is run.
    private static func broken(
        _ database: Database, besides registry: String
    ) throws(DatabaseError) -> [String: String] {
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT type, CASE type WHEN 'view' THEN name ELSE tbl_name END AS target,
                        group_concat(sql, char(10)) AS sql,
                        tbl_name COLLATE NOCASE IN (
                            SELECT name FROM main.sqlite_schema WHERE type = 'view') AS of_view
                    FROM main.sqlite_schema WHERE type IN ('view', 'trigger')
                    AND substr(tbl_name, 1, length(?1)) <> ?1 GROUP BY 1, 2
                    """, arguments: [registry])
        }
        var broken: [String: String] = [:]
        for row in rows {
            let (type, target): (String, String) = (row["type"], row["target"])
            let reason: String?
            if type == "view" {
                reason = compileError(
                    "SELECT * FROM main.\(target.quotedName)", on: database.handle)
            } else {
                // Of a view only what a trigger does instead can be done at all.
                reason = triggerError(
                    of: target, for: row["of_view"] ? insteadEvents(row["sql"]) : events, database)
            }
            guard let reason else { continue }
            broken[type == "view" ? "reads of the view \(target)" : "triggers of \(target)"] =
                reason
        }
        return broken
    }

    private static let events: Set = ["INSERT", "DELETE", "UPDATE"]

    /// What triggers of a view stand for.
    private static func insteadEvents(_ sql: String) -> Set<String> {
        let words = NormalisedSQL(sql).words
        return Set(
            words.indices.dropFirst(2).filter {
                words[$0 - 2].is("INSTEAD") && words[$0 - 1].is("OF")
            }.map { words[$0].text.uppercased() })
    }

    private static func triggerError(
        of table: String, for events: Set<String>, _ database: Database
    ) -> String? {
        let name = "main.\(table.quotedName)"
        let columns: [String]
        do throws(DatabaseError) {
            columns = try mapped {
                try String.fetchAll(
                    database, sql: "SELECT name FROM pragma_table_info(?, 'main')",
                    arguments: [table])
            }
        } catch {
            // The columns of a view that does not compile are not known to SQLite either.
            return error.message
        }
        let assignments = columns.map { "\($0.quotedName) = \($0.quotedName)" }
        let probes = [
            ("INSERT", "INSERT INTO \(name) DEFAULT VALUES"), ("DELETE", "DELETE FROM \(name)"),
            ("UPDATE", "UPDATE \(name) SET \(assignments.joined(separator: ", "))"),
        ]
        return probes.lazy.filter { events.contains($0.0) }
            .compactMap { compileError($0.1, on: database.handle) }.first
    }

    private static func compileError(_ sql: String, on handle: OpaquePointer) -> String? {
        var prepared: OpaquePointer?
        defer { sqlite3_finalize(prepared) }
        guard sqlite3_prepare_v2(handle, sql, -1, &prepared, nil) != SQLITE_OK else { return nil }
        return String(cString: sqlite3_errmsg(handle))
    }
}
