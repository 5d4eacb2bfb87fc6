public import ApusCore
public import ApusEngine

/// The rows that say how far data migrations have come.
extension PostgresSession {
    private static let columns = """
        b.migration, b.statement, b.meaning, b.state, \
        pg_catalog.array_to_json(b.last_key)::text, b.size, b.batches_done, b.rows_done, \
        b.rows_expected, b.busy_us, b.run, \
        (extract(epoch FROM b.started_at) * 1000000)::bigint, \
        (extract(epoch FROM b.changed_at) * 1000000)::bigint, b.message
        """

    public func dataMigrations() throws(DatabaseError) -> [DataMigrationProgress] {
        try reading { (connection) throws(DatabaseError) in
            guard case .present(let version) = try registryState(connection), version >= 4 else {
                return []
            }
            return try progress(try connection.execute(dataMigrationsQuery(openOnly: false)))
        }
    }

    /// - Parameter openOnly: Leaves out those that are done.
    func dataMigrationsQuery(openOnly: Bool) -> String {
        """
        SELECT \(Self.columns) FROM \(names.batches) b \
        \(openOnly ? "WHERE b.state <> 'done' " : "")ORDER BY b.started_at, b.statement
        """
    }

    func progress(_ rows: Rows) throws(DatabaseError) -> [DataMigrationProgress] {
        try values(rows, of: "batches", DataMigrationProgress.init)
    }

    public func change(
        _ migration: MigrationID, _ change: DataMigrationChange
    ) throws(DatabaseError) -> [DataMigrationProgress] {
        try makeReadyForBatches()
        let states = DataMigrationProgress.State.allCases.compactMap { state in
            change.state(from: state).map { (from: state, to: $0) }
        }
        guard let target = states.first?.to else { return [] }
        let from = states.map { "'\($0.from.rawValue)'" }.joined(separator: ", ")
        let results = try writing(
            """
            UPDATE \(names.batches) SET state = '\(target.rawValue)', message = NULL, \
            changed_at = pg_catalog.clock_timestamp() \
            WHERE migration = \(migration.description.sqlLiteral) AND state IN (\(from)); \
            SELECT \(Self.columns) FROM \(names.batches) b \
            WHERE b.migration = \(migration.description.sqlLiteral) ORDER BY b.statement
            """)
        return try results.last.map { (rows) throws(DatabaseError) in try progress(rows) } ?? []
    }

    public func completeBatches(
        _ migration: MigrationID, statement: Int
    ) throws(DatabaseError) {
        try makeReadyForBatches()
        try writing(
            """
            UPDATE \(names.batches) SET state = 'done', message = NULL, \
            changed_at = pg_catalog.clock_timestamp() \
            WHERE migration = \(migration.description.sqlLiteral) AND statement = \(statement)
            """)
    }

    public func failBatches(
        _ migration: MigrationID, statement: Int, message: String
    ) throws(DatabaseError) {
        try makeReadyForBatches()
        try writing(
            """
            UPDATE \(names.batches) SET state = 'failed', message = \(message.sqlLiteral), \
            changed_at = pg_catalog.clock_timestamp() \
            WHERE migration = \(migration.description.sqlLiteral) AND statement = \(statement)
            """)
    }

    /// SQL that reads, and locks, the row of a batched statement.
    func lockedRow(_ work: BatchWork) -> String {
        """
        SELECT \(Self.columns), b.key_types FROM \(names.batches) b WHERE \(Self.row(work)) \
        FOR UPDATE
        """
    }

    static func row(_ work: BatchWork) -> String {
        """
        b.migration = \(work.migration.description.sqlLiteral) \
        AND b.statement = \(work.statement)
        """
    }

    // MARK: Claims

    /// An advisory lock on the migration's id: a session's end gives it back, however that comes.
    public func claimBatches(of migration: MigrationID) throws(DatabaseError) -> Bool {
        try makeReadyForBatches()
        return try connection.execute(
            "SELECT pg_catalog.pg_try_advisory_lock(\(names.claimKey(of: migration)))"
        ).flag(0, 0)
    }

    public func releaseBatches(of migration: MigrationID) throws(DatabaseError) {
        try connection.execute(
            "SELECT pg_catalog.pg_advisory_unlock(\(names.claimKey(of: migration)))")
    }

    /// Work on batches needs no migration lock; where it is not held, the session has to be given its
    /// settings all the same.
    func makeReadyForBatches() throws(DatabaseError) {
        if isLockHeld { return try makeReady() }
        if storedSettings == nil {
            try PoolerCheck(address: address, serverProcess: serverProcess).run(on: connection)
            try applySettings()
        }
    }

    // MARK: Load

    public func load() throws(DatabaseError) -> DatabaseLoad {
        let rows = try connection.execute(
            """
            SELECT (SELECT (extract(epoch FROM max(coalesce(r.replay_lag, r.flush_lag, r.write_lag))) \
            * 1000000)::bigint FROM pg_catalog.pg_stat_replication r), \
            count(*) FILTER (WHERE a.wait_event_type = 'Lock'), \
            count(*) FILTER (WHERE a.state = 'active' AND a.pid <> pg_catalog.pg_backend_pid()), \
            pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'), \
            pg_catalog.quote_ident(current_user) \
            FROM pg_catalog.pg_stat_activity a WHERE a.backend_type = 'client backend'
            """)
        let role = rows.text(0, 4) ?? "CURRENT_USER"
        return DatabaseLoad(
            replicationLag: rows.integer(0, 0).map { .microseconds($0) },
            lockWaits: rows.integer(0, 1).map { Int($0) },
            activeSessions: rows.integer(0, 2).map { Int($0) },
            blindness: rows.flag(0, 3)
                ? nil
                : "the role \(role) sees no standby and only its own sessions: GRANT pg_read_all_stats TO \(role)"
        )
    }
}

extension RegistryNames {
    /// The key of the advisory lock of whoever works on a migration's batches: FNV-1a, 64 bits, of
    /// `apus:SCHEMA.batches:ID` in UTF-8.
    func claimKey(of migration: MigrationID) -> Int64 {
        Self.key(of: "apus:\(schema).batches:\(migration)")
    }
}

extension DataMigrationProgress {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let migration = rows.text(row, 0).flatMap(MigrationID.init),
            let statement = rows.integer(row, 1),
            let meaning = rows.text(row, 2).flatMap(Checksum.init(hex:)),
            let state = rows.text(row, 3).flatMap(State.init(rawValue:)),
            let size = rows.integer(row, 5), let batches = rows.integer(row, 6),
            let done = rows.integer(row, 7), let busy = rows.integer(row, 9),
            let run = rows.integer(row, 10), let startedAt = rows.integer(row, 11),
            let changedAt = rows.integer(row, 12)
        else { return nil }
        var lastKey: [String]?
        if let json = rows.text(row, 4) {
            guard let texts = JSONTexts.read(json) else { return nil }
            lastKey = texts
        }
        self.init(
            migration: migration, statement: Int(statement), meaning: meaning, state: state,
            lastKey: lastKey, size: Int(size), batchesDone: batches, rowsDone: done,
            rowsExpected: rows.integer(row, 8), busy: .microseconds(busy), run: RunID(run),
            startedAt: Timestamp(microseconds: startedAt),
            changedAt: Timestamp(microseconds: changedAt), message: rows.text(row, 13))
    }
}
