public import ApusCore
public import ApusEngine

extension PostgresSession {
    public func runs(limit: Int) throws(DatabaseError) -> [RunRecord] {
        try reading { (connection) throws(DatabaseError) in
            guard case .present(let version) = try registryState(connection) else { return [] }
            return try runs(
                connection, version, "NULL", "ORDER BY r.id DESC LIMIT \(max(0, limit))")
        }
    }

    public func run(_ id: RunID) throws(DatabaseError) -> RunRecord? {
        try reading { (connection) throws(DatabaseError) in
            guard case .present(let version) = try registryState(connection),
                var run = try runs(
                    connection, version, version < 2 ? "NULL" : "r.plan", "WHERE r.id = \(id)"
                ).first
            else { return nil }
            run.journal = try journal(connection, of: id)
            run.locks = try stepLocks(connection, version, of: id)
            return run
        }
    }

    private func runs(
        _ connection: Connection, _ version: Int, _ plan: String, _ clauses: String
    ) throws(DatabaseError) -> [RunRecord] {
        let rows = try connection.execute(
            """
            SELECT r.id, r.kind, r.status, r.summary, r.from_version, r.to_version, \
            \(Self.microseconds("r.started_at")), \(Self.microseconds("r.ended_at")), \
            r.started_by, r.database_user, r.tool_version, r.failure_code, r.failure_message, \
            (SELECT b.name FROM \(names.backups) b WHERE b.run = r.id \
            ORDER BY b.taken_at DESC LIMIT 1), \(version < 2 ? "NULL" : "r.schema_digest"), \
            r.plan_digest, \(plan) FROM \(names.runs) r \(clauses)
            """)
        return try values(rows, of: "runs", RunRecord.init)
    }

    /// What a journal's entry is made of, from the table as `j`.
    static var journalColumns: String {
        """
        j.migration, j.direction, j.status, j.statements_done, j.statement_count, \
        \(microseconds("j.started_at")), j.duration_us, j.message
        """
    }

    private func journal(
        _ connection: Connection, of run: RunID
    ) throws(DatabaseError) -> [JournalEntry] {
        let rows = try connection.execute(
            """
            SELECT \(Self.journalColumns) FROM \(names.journal) j \
            WHERE j.run = \(run) AND \(UndoneBatchesNote.isStep) ORDER BY j.entry
            """)
        return try values(rows, of: "journal", JournalEntry.init)
    }
}

extension RunRecord {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let id = rows.integer(row, 0), let kind = rows.text(row, 1),
            let status = rows.text(row, 2).flatMap(RunStatus.init(rawValue:)),
            let startedAt = rows.integer(row, 6)
        else { return nil }
        self.init(
            id: RunID(id), kind: kind, status: status, summary: rows.text(row, 3) ?? "",
            from: rows.text(row, 4).flatMap { SemanticVersion($0) },
            to: rows.text(row, 5).flatMap { SemanticVersion($0) },
            startedAt: Timestamp(microseconds: startedAt),
            endedAt: rows.integer(row, 7).map(Timestamp.init(microseconds:)),
            startedBy: rows.text(row, 8) ?? "", databaseUser: rows.text(row, 9) ?? "",
            toolVersion: rows.text(row, 10) ?? "", failureCode: rows.text(row, 11),
            failureMessage: rows.text(row, 12), backupName: rows.text(row, 13),
            schemaDigest: rows.text(row, 14).flatMap(Checksum.init(hex:)))
        planDigest = rows.text(row, 15).flatMap(Checksum.init(hex:))
        plan = rows.text(row, 16).map(PlannedStep.steps)
    }
}

extension JournalEntry {
    init?(_ rows: Rows, _ row: Int) {
        guard let id = rows.text(row, 0).flatMap(MigrationID.init),
            let direction = rows.text(row, 1).flatMap(Direction.init(rawValue:)),
            let status = rows.text(row, 2).flatMap(Status.init(rawValue:)),
            let done = rows.integer(row, 3), let count = rows.integer(row, 4),
            let startedAt = rows.integer(row, 5)
        else { return nil }
        self.init(
            migration: id, direction: direction, status: status, statementsDone: Int(done),
            statementCount: Int(count), startedAt: Timestamp(microseconds: startedAt),
            duration: rows.integer(row, 6).map { .microseconds($0) }, message: rows.text(row, 7))
    }
}
