import ApusCore
import ApusEngine

extension PostgresSession {
    /// Sessions of this database that are in a transaction or run a statement, ours left out; those
    /// whose doings this user may not see, where they hold locks on tables.
    func sessions(_ connection: Connection) throws(DatabaseError) -> [Blocker] {
        let rows = try connection.execute(
            """
            SELECT s.pid, s.usename, s.application_name, s.state, s.age, s.tables FROM (\
            SELECT a.pid, a.usename, a.application_name, a.state, (extract(epoch FROM \
            pg_catalog.clock_timestamp() - CASE WHEN a.state = 'active' THEN a.query_start \
            ELSE a.state_change END) * 1000)::bigint AS age, \
            \(Self.tables("l.pid = a.pid")) AS tables FROM pg_catalog.pg_stat_activity a \
            WHERE a.datname = pg_catalog.current_database() \
            AND a.pid <> pg_catalog.pg_backend_pid()) s \
            WHERE s.state LIKE 'idle in transaction%' OR s.state = 'active' \
            OR (s.state IS NULL AND s.tables <> '') ORDER BY s.age DESC NULLS LAST, s.pid
            """)
        return (0..<rows.count).map { row in
            let state = rows.text(row, 3)
            let process = rows.integer(row, 0)
            return Blocker(
                kind: state == nil ? .unseen : state == "active" ? .statement : .idleInTransaction,
                holder: LockHolder(
                    processID: process, user: rows.text(row, 1), application: rows.text(row, 2),
                    state: state, since: rows.integer(row, 4).map { .milliseconds(max(0, $0)) }),
                tables: Self.names(rows.text(row, 5)),
                remedy: process.map { "SELECT pg_terminate_backend(\($0));" })
        }
    }

    /// Whether a lock, as `l`, is of a prepared transaction, as `p`: nobody's process holds it, and beside
    /// it is the lock that each transaction holds on its own number.
    private var preparedLocks: String {
        """
        l.pid IS NULL AND EXISTS (SELECT FROM pg_catalog.pg_locks own WHERE own.pid IS NULL \
        AND own.locktype = 'transactionid' AND own.transactionid = p.transaction \
        AND own.virtualtransaction = l.virtualtransaction)
        """
    }

    /// Transactions that wait for the second phase of their commit. Nobody is connected to them.
    func prepared(_ connection: Connection) throws(DatabaseError) -> [Blocker] {
        let rows = try connection.execute(
            """
            SELECT p.gid, p.owner, (extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared) \
            * 1000)::bigint, \
            \(Self.tables(preparedLocks)) \
            FROM pg_catalog.pg_prepared_xacts p \
            WHERE p.database = pg_catalog.current_database() ORDER BY p.prepared
            """)
        return (0..<rows.count).map { row in
            let name = rows.text(row, 0) ?? ""
            return Blocker(
                kind: .prepared(name),
                holder: LockHolder(
                    user: rows.text(row, 1), state: "prepared",
                    since: rows.integer(row, 2).map { .milliseconds(max(0, $0)) }),
                tables: Self.names(rows.text(row, 3)),
                remedy: "ROLLBACK PREPARED \(name.sqlLiteral);"
            )
        }
    }

    /// The user tables that locks, as `l`, are held on: a text, a line a table.
    private static func tables(_ condition: String) -> String {
        """
        coalesce((SELECT pg_catalog.string_agg(DISTINCT pg_catalog.format('%I.%I', n.nspname, \
        c.relname), pg_catalog.chr(10)) FROM pg_catalog.pg_locks l \
        JOIN pg_catalog.pg_class c ON c.oid = l.relation \
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        WHERE \(condition) AND l.granted AND l.locktype = 'relation' \
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d \
        WHERE d.datname = pg_catalog.current_database()) AND c.relkind IN ('r', 'p', 'm') \
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'), '')
        """
    }

    private static func names(_ text: String?) -> [String] {
        (text ?? "").split(separator: "\n").map(String.init)
    }
}
