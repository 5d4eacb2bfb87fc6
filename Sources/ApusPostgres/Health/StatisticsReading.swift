public import ApusCore
public import ApusEngine

extension PostgresSession {
    public func statistics() throws(DatabaseError) -> DatabaseStatistics {
        try reading { (connection) throws(DatabaseError) in
            // The size of a table that somebody is changing is not waited for.
            let rows = try connection.execute(
                "SET LOCAL lock_timeout = '2s'; \(Self.tableStatistics)")
            let tables = (0..<rows.count).compactMap { row -> TableStatistics? in
                guard let schema = rows.text(row, 0), let name = rows.text(row, 1),
                    schema != names.schema
                else { return nil }
                return TableStatistics(
                    schema: schema, name: name, rows: rows.integer(row, 2),
                    bytes: rows.integer(row, 3), reads: rows.integer(row, 4),
                    writes: rows.integer(row, 5))
            }
            return DatabaseStatistics(
                serverVersion: Int(connection.serverVersion) / 10_000, tables: tables)
        }
    }

    /// A partitioned table has nothing of its own: its partitions are counted together. `reltuples` is
    /// -1, before PostgreSQL 14 it is 0, for a table that was never analysed.
    private static let tableStatistics = """
        SELECT n.nspname, c.relname, sum(CASE WHEN p.reltuples > 0 THEN p.reltuples::bigint \
        ELSE s.n_live_tup END), sum(pg_catalog.pg_total_relation_size(p.oid)), \
        sum(s.seq_scan + coalesce(s.idx_scan, 0)), sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del) \
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        CROSS JOIN LATERAL (SELECT c.oid UNION SELECT t.relid \
        FROM pg_catalog.pg_partition_tree(c.oid) t WHERE c.relkind = 'p') own(oid) \
        JOIN pg_catalog.pg_class p ON p.oid = own.oid \
        LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = p.oid \
        WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' \
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \
        GROUP BY 1, 2 ORDER BY 1, 2
        """
}
