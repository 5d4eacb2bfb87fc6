import ApusCore
import ApusEngine
import CLibpq

/// One moment of a database, held open for others to read.
struct ExportedSnapshot: Sendable {
    var name: String
    var server: String
    var serverMajor: Int
    var host: String?
    var port: String?
}

extension PostgresSession {
    /// Opens a transaction whose view of the database `pg_dump` can share, so that what is counted
    /// here and what is written there are the same rows. It lasts until the session closes.
    func exportSnapshot() throws(DatabaseError) -> ExportedSnapshot {
        let connection = try connection
        try connection.execute(
            """
            BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; \
            SET LOCAL lock_timeout = '60s'; SET LOCAL idle_in_transaction_session_timeout = 0; \
            SET LOCAL row_security = off
            """)
        guard let name = try connection.execute("SELECT pg_catalog.pg_export_snapshot()").text(0, 0)
        else { throw DatabaseError(.backupFailed, "the server exported no snapshot") }
        return ExportedSnapshot(
            name: name, server: "PostgreSQL \(connection.serverVersionText)",
            serverMajor: connection.serverVersion / 10_000, host: connection.host,
            port: connection.port)
    }

    /// Every table with its number of rows, what the database has as a whole, and its schema, as of
    /// the exported snapshot.
    func readContents(tool: String) async throws(DatabaseError) -> BackupContents {
        try await cancellable { () throws(DatabaseError) in
            let connection = try connection
            return BackupContents(
                server: "PostgreSQL \(connection.serverVersionText)", tool: tool,
                tables: try countTables(connection),
                properties: try DatabaseProperties(connection).read(),
                schema: try connection.schema(registry: names.schema))
        }
    }

    /// In bytes, as the server counts: with indexes, and with what vacuuming has not freed.
    func databaseSize() throws(DatabaseError) -> Int64 {
        try connection.execute(
            "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"
        ).integer(0, 0) ?? 0
    }

    private func countTables(
        _ connection: Connection
    ) throws(DatabaseError) -> [BackupContents.Table] {
        let names = try connection.execute(
            """
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), \
            pg_catalog.concat(n.nspname, '.', c.relname) FROM pg_catalog.pg_class c \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' \
            AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' \
            AND n.nspname !~ '^pg_' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid \
            AND d.deptype = 'e') ORDER BY 2
            """)
        var tables: [BackupContents.Table] = []
        for row in 0..<names.count {
            guard let quoted = names.text(row, 0), let name = names.text(row, 1) else { continue }
            let rows = try connection.execute(
                "SELECT count(*) FROM ONLY \(quoted)", Connection.Patience(isCancellable: true))
            tables.append(BackupContents.Table(name: name, rows: rows.integer(0, 0) ?? 0))
        }
        return tables
    }
}
