import ApusCore
public import ApusEngine

extension PostgresSession {
    public func runLock() throws(DatabaseError) -> RunLock {
        let holder = try reading { _ throws(DatabaseError) in try lockHolder() }
        return holder.map { .held($0) } ?? .free
    }

    public func health() throws(DatabaseError) -> DatabaseHealth {
        var health = try reading { (connection) throws(DatabaseError) in
            let registry = try registryState(connection)
            return DatabaseHealth(
                missingRights: try missingRights(connection, registry),
                blockers: try sessions(connection) + prepared(connection),
                invalidIndexes: try invalidIndexes(connection),
                strayRows: registry == .absent ? [] : try strayRows(connection),
                strangers: try strangers(connection),
                bytes: try connection.execute(
                    "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"
                ).integer(0, 0))
        }
        do throws(DatabaseError) {
            try PoolerCheck(address: address, serverProcess: serverProcess).run(on: connection)
        } catch  where error.code == .transactionPooler {
            health.obstacles.append(error)
        }
        return health
    }

    public func contradictions() throws(DatabaseError) -> [JournalContradiction] {
        try reading { (connection) throws(DatabaseError) in
            guard case .present = try registryState(connection) else { return [] }
            let rows = try connection.execute(
                """
                SELECT d.migration, d.direction, d.run FROM (SELECT DISTINCT ON (j.migration) \
                j.migration, j.direction, j.run, j.entry FROM \(names.journal) j \
                WHERE j.status = 'done' ORDER BY j.migration, j.entry DESC) d \
                WHERE (d.direction = 'up') = NOT EXISTS \
                (SELECT FROM \(names.migrations) m WHERE m.id = d.migration) ORDER BY d.entry
                """)
            var found: [JournalContradiction] = []
            for row in 0..<rows.count {
                guard let migration = rows.text(row, 0).flatMap(MigrationID.init),
                    let direction = rows.text(row, 1).flatMap(Direction.init(rawValue:)),
                    let run = rows.integer(row, 2)
                else { throw damaged("journal", rows.text(row, 0)) }
                found.append(
                    JournalContradiction(
                        migration: migration, lastDone: direction, run: RunID(run)))
            }
            return found
        }
    }

    private func invalidIndexes(
        _ connection: Connection
    ) throws(DatabaseError) -> [InvalidIndex] {
        let rows = try connection.execute(
            """
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), \
            pg_catalog.format('%I.%I', tn.nspname, t.relname), (SELECT p.pid FROM \
            pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid LIMIT 1) \
            FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            JOIN pg_catalog.pg_class t ON t.oid = i.indrelid \
            JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace \
            WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname !~ '^pg_' ORDER BY 1
            """)
        return (0..<rows.count).map { row in
            InvalidIndex(
                name: rows.text(row, 0) ?? "", table: rows.text(row, 1) ?? "",
                builder: rows.integer(row, 2))
        }
    }

    /// What is in the history's schema and not the registry's. A role of that name finds the schema first:
    /// `search_path` begins with `"$user"`.
    private func strangers(_ connection: Connection) throws(DatabaseError) -> [Stranger] {
        let ours = RegistryState.columns.keys.sorted().map(\.sqlLiteral).joined(separator: ", ")
        let rows = try connection.execute(
            """
            SELECT o.what, pg_catalog.format('%I.%I', n.nspname, o.name) \
            FROM pg_catalog.pg_namespace n, LATERAL (SELECT CASE c.relkind WHEN 'v' THEN 'view' \
            WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' \
            WHEN 'c' THEN 'type' ELSE 'table' END AS what, c.relname AS name \
            FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid \
            AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND c.relname NOT IN (\(ours)) \
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid \
            AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
            AND d.deptype IN ('a', 'i', 'e')) \
            UNION ALL SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, p.proname \
            FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid \
            AND p.proname <> 'refuse_change') o \
            WHERE n.nspname = \(names.schema.sqlLiteral) ORDER BY 2, 1
            """)
        return (0..<rows.count).map { row in
            Stranger(kind: rows.text(row, 0) ?? "", name: rows.text(row, 1) ?? "")
        }
    }

    /// Rows that name a run which is not there; the journal and the history have no foreign key.
    private func strayRows(_ connection: Connection) throws(DatabaseError) -> [String] {
        let rows = try connection.execute(
            """
            SELECT count(*), x.kind, x.run FROM (SELECT 'history' AS kind, m.run \
            FROM \(names.migrations) m UNION ALL SELECT 'journal', j.run FROM \(names.journal) j) x \
            WHERE NOT EXISTS (SELECT FROM \(names.runs) r WHERE r.id = x.run) \
            GROUP BY x.kind, x.run ORDER BY x.run, x.kind
            """)
        return (0..<rows.count).map { row in
            let count = rows.integer(row, 0) ?? 0
            let kind = rows.text(row, 1) ?? ""
            return
                "\(count) \(kind) row\(count == 1 ? "" : "s") of run \(rows.integer(row, 2) ?? 0)"
        }
    }
}
