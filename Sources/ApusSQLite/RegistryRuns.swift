import ApusCore
import ApusEngine
import GRDB

import struct ApusEngine.DatabaseError

/// The rows of runs, and of the backups that were taken with them.
extension Registry {
    /// Opens a run, after closing those whose process went away.
    func begin(
        _ run: RunStart, at now: Timestamp, user: String, in database: Database
    ) throws(DatabaseError) -> RunID {
        try mapped {
            try database.execute(
                sql:
                    "UPDATE \(runs) SET status = 'interrupted', schema_digest = NULL, ended_at = ? WHERE status = 'running'",
                arguments: [now.registryText])
            try database.execute(
                sql: """
                    INSERT INTO \(runs) (kind, status, summary, plan_digest, from_version, to_version,
                        steps, started_at, started_by, database_user, application_version, tool_version, plan)
                    VALUES (?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    run.kind.rawValue, run.summary, run.planDigest.hex, run.from?.description,
                    run.to?.description, run.steps, now.registryText, run.startedBy, user,
                    run.applicationVersion?.description, run.toolVersion,
                    PlannedStep.text(run.plan),
                ])
            return RunID(database.lastInsertedRowID)
        }
    }

    func end(_ run: RunID, _ end: RunEnd, at now: Timestamp, in database: Database)
        throws(DatabaseError)
    {
        try mapped {
            try database.execute(
                sql: """
                    UPDATE \(runs) SET status = ?, ended_at = ?, failure_code = ?,
                        failure_message = ?, schema_digest = ? WHERE id = ?
                    """,
                arguments: [
                    end.status.rawValue, now.registryText, end.failureCode?.rawValue,
                    end.failureMessage, end.schema?.digest.hex, run.number,
                ])
        }
        try insert(end.locks, run: run, in: database)
        guard let schema = end.schema else { return }
        try keep(schema, after: end.schemaMigration, in: database)
    }

    /// Runs without an end, oldest first.
    func openRuns(in database: Database) throws(DatabaseError) -> [RunID] {
        try mapped {
            try Int64.fetchAll(
                database, sql: "SELECT id FROM \(runs) WHERE status = 'running' ORDER BY id"
            ).map { RunID($0) }
        }
    }

    /// Rows that name a run which is not there.
    func strayRows(in database: Database) throws(DatabaseError) -> [String] {
        guard case .present = try state(in: database) else { return [] }
        return try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT count(*) AS n, kind, run FROM (
                        SELECT 'history' AS kind, run FROM \(migrations)
                        UNION ALL SELECT 'journal', run FROM \(journal)
                        UNION ALL SELECT 'backup', run FROM \(backups) WHERE run IS NOT NULL)
                    WHERE run NOT IN (SELECT id FROM \(runs)) GROUP BY kind, run ORDER BY run, kind
                    """
            ).map { row in
                let (count, kind, run): (Int, String, Int64) = (row["n"], row["kind"], row["run"])
                return "\(count) \(kind) row\(count == 1 ? "" : "s") of run \(run)"
            }
        }
    }

    /// The migrations whose last row of the journal that says `done` is not what the history says.
    func contradictions(in database: Database) throws(DatabaseError) -> [JournalContradiction] {
        guard case .present = try state(in: database) else { return [] }
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT j.migration, j.direction, j.run FROM \(journal) AS j
                    WHERE j.entry IN
                        (SELECT max(entry) FROM \(journal) WHERE status = 'done' GROUP BY migration)
                        AND (j.direction = 'up') = (j.migration NOT IN (SELECT id FROM \(migrations)))
                    ORDER BY j.entry
                    """)
        }
        var found: [JournalContradiction] = []
        for row in rows {
            guard let migration = MigrationID(row["migration"] as String),
                let direction = Direction(rawValue: row["direction"])
            else { throw damaged("a row of the journal cannot be read") }
            found.append(
                JournalContradiction(
                    migration: migration, lastDone: direction, run: RunID(row["run"])))
        }
        return found
    }

    func insert(_ backup: BackupRecord, run: RunID?, in database: Database) throws(DatabaseError) {
        try mapped {
            try database.execute(
                sql: """
                    INSERT INTO \(backups) (run, name, path, bytes, checksum, taken_at, duration_us, version)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    run?.number, backup.name, backup.path, backup.bytes, backup.checksum.hex,
                    backup.takenAt.registryText, backup.duration.microseconds,
                    backup.version?.description,
                ])
        }
    }

    /// The latest runs, newest first.
    func latestRuns(_ limit: Int, in database: Database) throws(DatabaseError) -> [RunRecord] {
        guard case .present = try state(in: database) else { return [] }
        return try records("ORDER BY id DESC LIMIT ?", limit, in: database)
    }

    /// One run with its journal.
    func run(_ id: RunID, in database: Database) throws(DatabaseError) -> RunRecord? {
        guard case .present(let version) = try state(in: database) else { return nil }
        guard
            var record = try records("WHERE id = ?", id.number, withPlan: true, in: database).first
        else { return nil }
        record.journal = try journal(of: id, in: database)
        record.locks = try stepLocks(of: id, in: database, version)
        return record
    }

    private func records(
        _ clause: String, _ argument: some DatabaseValueConvertible, withPlan: Bool = false,
        in database: Database
    ) throws(DatabaseError) -> [RunRecord] {
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: """
                    SELECT r.*, (SELECT name FROM \(backups) AS b WHERE b.run = r.id
                        ORDER BY entry DESC LIMIT 1) AS backup_name
                    FROM \(runs) AS r \(clause)
                    """,
                arguments: [argument])
        }
        var records: [RunRecord] = []
        for row in rows {
            guard let record = RunRecord(row, withPlan: withPlan) else {
                throw damaged("a run's row cannot be read")
            }
            records.append(record)
        }
        return records
    }
}

extension RunRecord {
    fileprivate init?(_ row: Row, withPlan: Bool) {
        guard let status = RunStatus(rawValue: row["status"]),
            let startedAt = Timestamp(registryText: row["started_at"])
        else { return nil }
        let (from, to): (String?, String?) = (row["from_version"], row["to_version"])
        let endedAt: String? = row["ended_at"]
        // A registry of version 1 has no such column.
        let schemaDigest: String? =
            row.hasColumn("schema_digest") ? row["schema_digest"] : nil
        self.init(
            id: RunID(row["id"]), kind: row["kind"], status: status, summary: row["summary"],
            from: from.flatMap { SemanticVersion($0) }, to: to.flatMap { SemanticVersion($0) },
            startedAt: startedAt, endedAt: endedAt.flatMap(Timestamp.init(registryText:)),
            startedBy: row["started_by"], databaseUser: row["database_user"],
            toolVersion: row["tool_version"], failureCode: row["failure_code"],
            failureMessage: row["failure_message"], backupName: row["backup_name"],
            schemaDigest: schemaDigest.flatMap(Checksum.init(hex:)))
        let digest: String = row["plan_digest"]
        planDigest = Checksum(hex: digest)
        let steps: String? = withPlan && row.hasColumn("plan") ? row["plan"] : nil
        plan = steps.map(PlannedStep.steps)
    }
}
