import ApusCore
public import ApusEngine

extension PostgresSession {
    /// What the server process that holds the migration lock does, who blocks it, and how far the
    /// index is that it builds.
    public func activity() throws(DatabaseError) -> RunActivity? {
        let connection = try connection
        let rows = try connection.execute(
            """
            SELECT l.pid, a.usename, a.application_name, a.state, a.query, \
            pg_catalog.concat_ws(': ', a.wait_event_type, a.wait_event), \
            (extract(epoch FROM pg_catalog.clock_timestamp() - CASE a.state WHEN 'active' \
            THEN a.query_start ELSE a.state_change END) * 1000)::bigint, \
            p.phase, CASE WHEN p.blocks_total > 0 \
            THEN p.blocks_done::float8 / p.blocks_total \
            WHEN p.tuples_total > 0 THEN p.tuples_done::float8 / p.tuples_total \
            WHEN p.lockers_total > 0 THEN p.lockers_done::float8 / p.lockers_total END \
            FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
            LEFT JOIN pg_catalog.pg_stat_progress_create_index p ON p.pid = l.pid \
            WHERE \(lockRow) LIMIT 1
            """)
        guard rows.count > 0, let process = rows.integer(0, 0) else { return nil }
        let wait = rows.text(0, 5) ?? ""
        return RunActivity(
            processID: process, user: rows.text(0, 1), application: rows.text(0, 2),
            statement: rows.text(0, 4), state: rows.text(0, 3),
            since: rows.integer(0, 6).map { .milliseconds($0) },
            waitsFor: wait.isEmpty ? nil : wait,
            blockers: wait.hasPrefix("Lock") ? try blockers(of: process, connection) : [],
            progress: rows.text(0, 7).map {
                RunActivity.Progress(phase: $0, fraction: rows.text(0, 8).flatMap(Double.init))
            })
    }

    private func blockers(
        of process: Int64, _ connection: Connection
    ) throws(DatabaseError) -> [LockHolder] {
        let rows = try connection.execute(
            """
            \(LockHolder.selection) FROM (SELECT b.pid FROM pg_catalog.unnest(\
            pg_catalog.pg_blocking_pids(\(process))) AS b(pid) LIMIT 5) AS l \
            LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
            """)
        return (0..<rows.count).map { LockHolder(rows, $0) }
    }
}
