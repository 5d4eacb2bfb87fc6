import GRDB

import struct ApusEngine.DatabaseError

/// A live schema as the statements that made it.
struct SchemaScript {
    let registry: Registry

    /// Tables first, in the order in which they were made, then what stands on them.
    ///
    /// Left out are Apus's own objects, SQLite's internal ones, and the shadow tables that a virtual
    /// table makes for itself.
    func text(of database: Database) throws(DatabaseError) -> String {
        let statements = try mapped {
            try String.fetchAll(
                database,
                sql: """
                    SELECT sql FROM main.sqlite_schema AS object
                    WHERE sql IS NOT NULL
                      AND name NOT GLOB 'sqlite_*'
                      AND substr(tbl_name, 1, :length) <> :prefix
                      AND NOT EXISTS (
                        SELECT 1 FROM pragma_table_list AS list
                        WHERE list.schema = 'main' AND list.type = 'shadow'
                          AND list.name = object.tbl_name)
                    ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'view' THEN 3 ELSE 4 END,
                        rowid
                    """,
                arguments: ["length": registry.prefix.count, "prefix": registry.prefix])
        }
        // The last line may be a comment, which would swallow a `;` on the same line.
        return statements.map { "\($0)\($0.contains("--") ? "\n" : "");\n" }.joined(separator: "\n")
    }
}
