import ApusCore
import GRDB

import struct ApusEngine.DatabaseError

/// Reads how large the tables are, without reading them: the highest row number stands for the count.
struct TableStatisticsReading {
    let registry: Registry

    func statistics(of database: Database) throws(DatabaseError) -> DatabaseStatistics {
        try mapped {
            let tables = try Row.fetchAll(
                database,
                sql: """
                    SELECT name, wr FROM pragma_table_list
                    WHERE schema = 'main' AND type = 'table' AND name NOT GLOB 'sqlite_*'
                      AND substr(name, 1, :length) <> :prefix ORDER BY name
                    """,
                arguments: ["length": registry.prefix.count, "prefix": registry.prefix])
            return DatabaseStatistics(
                tables: try tables.map { row in
                    let name: String = row["name"]
                    let isWithoutRowID: Bool = row["wr"]
                    // A table WITHOUT ROWID has no number that could stand for its rows.
                    let rows: Int64? =
                        isWithoutRowID
                        ? nil
                        : try Int64.fetchOne(
                            database,
                            sql:
                                "SELECT coalesce(max(rowid), 0) FROM main.\(name.quotedDatabaseIdentifier)"
                        )
                    return TableStatistics(name: name, rows: rows, bytes: nil)
                })
        }
    }
}
