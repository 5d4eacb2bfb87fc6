public import ApusCore
public import ApusEngine

extension PostgresSession {
    public func beginRun(_ run: RunStart) throws(DatabaseError) -> RunID {
        try makeReady()
        let values = [
            run.kind.rawValue.sqlLiteral, run.summary.sqlLiteral, run.planDigest.hex.sqlLiteral,
            (run.from?.description).sqlLiteral, (run.to?.description).sqlLiteral,
            String(run.steps), run.startedBy.sqlLiteral,
            (run.applicationVersion?.description).sqlLiteral, run.toolVersion.sqlLiteral,
            PlannedStep.text(run.plan).sqlLiteral,
        ]
        let results = try writing(
            """
            UPDATE \(names.runs) SET status = 'interrupted', schema_digest = NULL, \
            ended_at = pg_catalog.clock_timestamp() WHERE status = 'running'; \
            INSERT INTO \(names.runs) (kind, summary, plan_digest, from_version, to_version, \
            steps, started_by, application_version, tool_version, plan) \
            VALUES (\(values.joined(separator: ", "))) RETURNING id
            """)
        guard let number = results.last?.integer(0, 0) else {
            throw DatabaseError(.internalError, "the server gave the run no number")
        }
        let id = RunID(number)
        startedBy = (id, run.startedBy)
        settings.applicationName = "apus run \(id)"
        try connection.execute("SET application_name = \(settings.applicationName.sqlLiteral)")
        return id
    }

    public func endRun(_ run: RunID, _ end: RunEnd) throws(DatabaseError) {
        let locks = insertions(of: end.locks, in: run).map { "; \($0)" }.joined()
        let results = try writing(
            """
            UPDATE \(names.runs) SET status = \(end.status.rawValue.sqlLiteral), \
            ended_at = pg_catalog.clock_timestamp(), \
            failure_code = \((end.failureCode?.rawValue).sqlLiteral), \
            failure_message = \(end.failureMessage.sqlLiteral), \
            schema_digest = \((end.schema?.digest.hex).sqlLiteral) WHERE id = \(run)\(locks)\
            \(end.schema.map { "; \(keeping($0, after: end.schemaMigration))" } ?? "")
            """)
        guard results.first?.affected == 1 else {
            throw DatabaseError(.runUnknown, "there is no run \(run)")
        }
        startedBy = nil
    }

    public func recordBackup(
        _ backup: BackupRecord, in run: RunID?
    ) throws(DatabaseError) {
        let takenAt = Double(backup.takenAt.microseconds) / 1_000_000
        let values = [
            backup.name.sqlLiteral, run.map(\.description) ?? "NULL", backup.path.sqlLiteral,
            String(backup.bytes), backup.checksum.hex.sqlLiteral,
            "pg_catalog.to_timestamp(\(takenAt))", String(backup.duration.microseconds),
            (backup.version?.description).sqlLiteral,
        ]
        try writing(
            """
            INSERT INTO \(names.backups) (name, run, path, bytes, checksum, taken_at, \
            duration_us, version) VALUES (\(values.joined(separator: ", ")))
            """)
    }

    /// SQL that closes the unfinished journal rows of a migration.
    func settling(_ id: MigrationID, direction: Direction? = nil, by run: RunID) -> String {
        let one = direction.map { " AND j.direction = '\($0.rawValue)'" } ?? ""
        return """
            UPDATE \(names.journal) AS j SET status = 'settled', \
            message = \("settled by run \(run)".sqlLiteral) \
            WHERE j.migration = \(id.description.sqlLiteral)\(one) AND \(Self.isUnfinished)
            """
    }
}
