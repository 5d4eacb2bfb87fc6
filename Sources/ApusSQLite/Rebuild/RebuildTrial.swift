import ApusCore
import GRDB

import struct ApusEngine.DatabaseError

/// An empty copy of a schema, in which a rebuild is tried before anybody relies on it.
struct RebuildTrial {
    let schema: String
    let registry: Registry

    /// A copy of a database's schema, and the table's name as that writes it.
    static func of(
        _ table: String, at location: DatabaseLocation, _ registry: Registry
    ) async throws(DatabaseError) -> (trial: RebuildTrial, name: String) {
        let connection = try Connection.open(location, readOnly: true)
        defer { connection.close() }
        return try await connection.read { (database) throws(DatabaseError) in
            (
                RebuildTrial(
                    schema: try SchemaScript(registry: registry).text(of: database),
                    registry: registry),
                try Self.name(of: table, registry, in: database)
            )
        }
    }

    /// The table's name as the schema writes it; refuses what is no table of the user's.
    private static func name(
        of table: String, _ registry: Registry, in database: Database
    ) throws(DatabaseError) -> String {
        let row = try mapped {
            try Row.fetchOne(
                database,
                sql: """
                    SELECT name, type FROM pragma_table_list
                    WHERE schema = 'main' AND name = ? COLLATE NOCASE
                    """, arguments: [table])
        }
        guard let row, !(row["name"] as String).hasPrefix("sqlite_") else {
            throw DatabaseError(
                .usage, "there is no table \(table)", help: ["see what there is: apus schema show"])
        }
        let name: String = row["name"]
        guard row["type"] == "table", !name.hasPrefix(registry.prefix) else {
            throw DatabaseError(
                .usage, "\(name) cannot be rebuilt",
                detail: name.hasPrefix(registry.prefix)
                    ? "it is one of Apus's own" : "it is a \(row["type"] as String)",
                help: ["write by hand what is to change: apus create-migration"])
        }
        return name
    }

    func rebuild(_ table: String, as text: String?) throws(DatabaseError) -> TableRebuild {
        let copy = try Connection.open(DatabaseLocation(path: ":memory:"))
        defer { copy.close() }
        return try copy.runNow { (database) throws(DatabaseError) in
            try mapped { try database.execute(sql: schema) }
            let old = try shape(of: table, in: database)
            let new = try text.map { (text) throws(DatabaseError) in
                try shape(TableDefinition(text), for: table, in: database)
            }
            var rebuild = TableRebuild(
                table: table, old: old, new: new ?? old,
                dependants: try dependants(of: table, in: database),
                temporaryName: try freeName(beside: table, in: database))
            let unfillable = TableRebuild.unfillable(from: rebuild.old, to: rebuild.new)
            guard unfillable.isEmpty else {
                throw DatabaseError(
                    .usage,
                    "the rows of \(table) cannot be copied: \(unfillable.joined(separator: ", ")) must have a value, and has no default",
                    help: ["give it a DEFAULT, or leave out NOT NULL"])
            }
            try tryOut(&rebuild, in: database)
            return rebuild
        }
    }

    private func shape(
        of table: String, in database: Database
    ) throws(DatabaseError) -> TableShape {
        let sql = try mapped {
            try String.fetchOne(
                database,
                sql: "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?",
                arguments: [table])
        }
        guard let definition = sql.flatMap(TableDefinition.init) else {
            throw DatabaseError(
                .usage, "the definition of \(table) cannot be read", detail: sql,
                help: ["write the rebuild by hand: apus create-migration"])
        }
        return try TableShape(definition, of: table, in: database)
    }

    /// The shape that a new definition has: it is made, looked at and dropped again.
    private func shape(
        _ definition: TableDefinition?, for table: String, in database: Database
    ) throws(DatabaseError) -> TableShape {
        guard let definition else {
            throw DatabaseError(
                .usage, "the definition is not one CREATE TABLE with its columns",
                help: ["write it as apus schema show gives it, with what is to be different"])
        }
        guard definition.name.lowercased() == table.lowercased() else {
            throw DatabaseError(.usage, "the definition is of \(definition.name), not of \(table)")
        }
        let name = try freeName(beside: table, in: database)
        do throws(DatabaseError) {
            try mapped { try database.execute(sql: definition.text(named: name)) }
        } catch {
            throw DatabaseError(.usage, "SQLite refuses the definition: \(error.message)")
        }
        let shape = try TableShape(definition, of: name, in: database)
        try mapped { try database.execute(sql: "DROP TABLE \(name.quotedName)") }
        return shape
    }

    private func dependants(
        of table: String, in database: Database
    ) throws(DatabaseError) -> [TableRebuild.Dependant] {
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT type || ' ' || name AS name, sql FROM main.sqlite_schema
                    WHERE type IN ('index', 'trigger') AND tbl_name = ? AND sql IS NOT NULL
                    ORDER BY type, rowid
                    """, arguments: [table])
        }
        return rows.map { TableRebuild.Dependant(name: $0["name"], sql: $0["sql"]) }
    }

    private func freeName(
        beside table: String, in database: Database
    ) throws(DatabaseError) -> String {
        var name = "\(table)_rebuilt"
        while try mapped({
            try Bool.fetchOne(
                database,
                sql: "SELECT count(*) FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE",
                arguments: [name])
        }) == true {
            name += "_"
        }
        return name
    }

    /// Runs both sections. What stands on the table and does not fit is found out, and the old schema
    /// must come back whole.
    private func tryOut(
        _ rebuild: inout TableRebuild, in database: Database
    ) throws(DatabaseError) {
        let before = try SchemaReading(registry: registry).snapshot(of: database)
        let watch = try SchemaWatch(database, registry: registry)
        for dependant in rebuild.dependants {
            try mapped { try database.execute(sql: "SAVEPOINT trial") }
            var alone = rebuild
            alone.leftOver = rebuild.dependants.filter { $0 != dependant }
                .map { .init(name: $0.name, reason: "") }
            do throws(DatabaseError) {
                try mapped { [alone] in try database.execute(sql: alone.up) }
            } catch {
                rebuild.leftOver.append(.init(name: dependant.name, reason: error.message))
            }
            try mapped { try database.execute(sql: "ROLLBACK TO trial; RELEASE trial") }
        }
        try mapped { try database.execute(sql: rebuild.up) }
        rebuild.broken = try watch.notices(
            in: database,
            dropped: Set(
                rebuild.leftOver.map { $0.name.split(separator: " ", maxSplits: 1).last ?? "" }
                    .map(String.init)))
        guard let down = rebuild.down else { return }
        try mapped { try database.execute(sql: down) }
        guard try SchemaReading(registry: registry).snapshot(of: database).digest == before.digest
        else {
            throw DatabaseError(
                .internalError, "the rebuild of \(rebuild.table) does not give the old schema back",
                help: ["write the rebuild by hand: apus create-migration"])
        }
    }
}
