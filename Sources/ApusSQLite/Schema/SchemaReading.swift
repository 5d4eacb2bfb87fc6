import ApusCore
import GRDB

import struct ApusEngine.DatabaseError

/// Reads a live schema as flat objects: all of `sqlite_schema` but Apus's own tables, SQLite's
/// internal ones and the shadow tables that a virtual table makes for itself; and the pragmas that
/// the file keeps and a script sets.
struct SchemaReading {
    let registry: Registry

    func snapshot(of database: Database) throws(DatabaseError) -> SchemaSnapshot {
        let entries = try entries(in: database)
        let columns = try columns(in: database)
        var objects = try Self.pragmas.map { (name) throws(DatabaseError) in
            SchemaObject(
                .pragma, name,
                [.init("value", try mapped { try Self.value(of: name, in: database) })])
        }
        for entry in entries { objects += entry.objects(columns: columns[entry.name] ?? []) }
        return SchemaSnapshot(engine: .sqlite, server: Connection.product, objects: objects)
    }

    /// What scripts set and every copy keeps. Not the journal mode, which a backup switches off, nor
    /// the page size, which says nothing of what the database holds.
    private static let pragmas = ["application_id", "auto_vacuum", "encoding", "user_version"]

    private static func value(of pragma: String, in database: Database) throws -> String {
        let row = try Row.fetchOne(database, sql: "PRAGMA main.\(pragma)")
        return row.flatMap {
            String.fromDatabaseValue($0[0]) ?? Int64.fromDatabaseValue($0[0]).map(String.init)
        } ?? ""
    }

    private func entries(in database: Database) throws(DatabaseError) -> [SchemaEntry] {
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT object.type, object.name, object.tbl_name, object.sql,
                        list.type = 'virtual' AS is_virtual
                    FROM main.sqlite_schema AS object
                    LEFT JOIN pragma_table_list AS list
                        ON list.schema = 'main' AND list.name = object.tbl_name
                    WHERE object.sql IS NOT NULL
                      AND object.name NOT GLOB 'sqlite_*'
                      AND substr(object.tbl_name, 1, :length) <> :prefix
                      AND list.type IS NOT 'shadow'
                    """,
                arguments: ["length": registry.prefix.count, "prefix": registry.prefix])
        }
        return rows.map { row in
            SchemaEntry(
                type: row["type"], name: row["name"], table: row["tbl_name"], sql: row["sql"],
                isVirtual: row["is_virtual"] ?? false)
        }
    }

    private func columns(in database: Database) throws(DatabaseError) -> [String: [SchemaColumn]] {
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT object.name AS table_name, info.*
                    FROM main.sqlite_schema AS object
                    JOIN pragma_table_xinfo(object.name, 'main') AS info
                    WHERE object.type = 'table' AND object.name NOT GLOB 'sqlite_*'
                      AND substr(object.name, 1, :length) <> :prefix
                    ORDER BY object.name, info.cid
                    """,
                arguments: ["length": registry.prefix.count, "prefix": registry.prefix])
        }
        var columns: [String: [SchemaColumn]] = [:]
        for row in rows {
            columns[row["table_name"], default: []].append(
                SchemaColumn(
                    name: row["name"], type: row["type"], isNullable: row["notnull"] == 0,
                    defaultText: row["dflt_value"], keyPosition: row["pk"], hidden: row["hidden"]))
        }
        return columns
    }
}

/// A column as `PRAGMA table_xinfo` tells it.
struct SchemaColumn {
    var name: String
    var type: String
    var isNullable: Bool
    var defaultText: String?
    /// From 1; 0 outside of the primary key.
    var keyPosition: Int
    /// 0 ordinary, 1 of a virtual table and hidden, 2 generated when read, 3 generated when written.
    var hidden: Int
}

/// A row of `sqlite_schema`.
struct SchemaEntry {
    var type: String
    var name: String
    var table: String
    var sql: String
    var isVirtual: Bool

    func objects(columns: [SchemaColumn]) -> [SchemaObject] {
        let text = NormalisedSQL(sql)
        let definition = SchemaObject.Attribute("definition", text.description)
        switch type {
        case "table": return tableObjects(text, columns)
        case "index":
            return [SchemaObject(.index, name.asWritten, [tableAttribute, definition])]
        case "view": return [SchemaObject(.view, name.asWritten, [definition])]
        default:
            return [
                SchemaObject(
                    .trigger, "\(table.asWritten).\(name.asWritten)", [tableAttribute, definition])
            ]
        }
    }

    private var tableAttribute: SchemaObject.Attribute { .init("table", table.asWritten) }

    /// The table and its parts. Where its text cannot be taken apart, the whole of it is an
    /// attribute of the table.
    private func tableObjects(_ text: NormalisedSQL, _ columns: [SchemaColumn]) -> [SchemaObject] {
        let parts = isVirtual ? nil : TableText(text, columns: columns.map(\.name))
        var attributes: [SchemaObject.Attribute] = []
        if parts == nil { attributes.append(.init("definition", text.description)) }
        if let options = parts?.options, !options.isEmpty {
            attributes.append(.init("options", options))
        }
        var objects = [SchemaObject(.table, name.asWritten, attributes)]
        for (index, column) in columns.enumerated() {
            objects.append(
                column.object(
                    of: name, position: index + 1,
                    clauses: parts?.columnClauses[index] ?? ""))
        }
        for constraint in parts?.constraints ?? [] {
            if let own = constraint.name {
                objects.append(
                    SchemaObject(
                        .constraint, "\(name.asWritten).\(own)",
                        [tableAttribute, .init("definition", constraint.text)]))
            } else {
                objects.append(
                    SchemaObject(
                        .constraint, "\(name.asWritten): \(constraint.text)", [tableAttribute]))
            }
        }
        return objects
    }
}

extension SchemaColumn {
    fileprivate func object(of table: String, position: Int, clauses: String) -> SchemaObject {
        var attributes: [SchemaObject.Attribute] = [
            .init("position", String(position)), .init("nullable", isNullable ? "yes" : "no"),
        ]
        if !type.isEmpty { attributes.append(.init("type", NormalisedSQL(type).description)) }
        if let defaultText {
            attributes.append(.init("default", NormalisedSQL(defaultText).description))
        }
        if keyPosition > 0 { attributes.append(.init("primary-key", String(keyPosition))) }
        if hidden > 0 {
            attributes.append(
                .init("hidden", hidden == 1 ? "yes" : hidden == 2 ? "virtual" : "stored"))
        }
        if !clauses.isEmpty { attributes.append(.init("clauses", clauses)) }
        return SchemaObject(.column, "\(table.asWritten).\(name.asWritten)", attributes)
    }
}

extension String {
    /// The name as people write it: quoted only where it has to be.
    var asWritten: String {
        let isPlain =
            utf8.first.map { !($0 >= 0x30 && $0 <= 0x39) } ?? false
            && utf8.allSatisfy { byte in
                byte == 0x5F || byte >= 0x80 || (byte >= 0x30 && byte <= 0x39)
                    || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
            }
        return isPlain ? self : "\"\(replacing("\"", with: "\"\""))\""
    }
}
