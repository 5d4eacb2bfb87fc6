import ApusCore
import ApusEngine
import GRDB

import struct ApusEngine.DatabaseError

/// What runs, steps and backups took.
extension Registry {
    func measurements(in database: Database) throws(DatabaseError) -> Measurements {
        guard case .present(let version) = try state(in: database) else { return Measurements() }
        let (steps, undone) = try measuredSteps(in: database)
        return Measurements(
            runs: try measuredRuns(in: database), steps: steps,
            backups: try measuredBackups(in: database),
            lockWaits: try lockWaits(in: database, version),
            dataMigrations: try dataMigrations(in: database, version), undoneBatches: undone)
    }

    private func measuredRuns(in database: Database) throws(DatabaseError) -> [Measurements.Run] {
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql:
                    "SELECT id, kind, status, started_at, ended_at, failure_code FROM \(runs) ORDER BY id"
            )
        }
        var measured: [Measurements.Run] = []
        measured.reserveCapacity(rows.count)
        for row in rows {
            guard let startedAt = Timestamp(registryText: row[3]) else {
                throw damaged("a row of the runs cannot be read")
            }
            let endedAt: String? = row[4]
            measured.append(
                Measurements.Run(
                    id: RunID(row[0]), kind: row[1], status: row[2], startedAt: startedAt,
                    endedAt: endedAt.flatMap(Timestamp.init(registryText:)), failureCode: row[5]))
        }
        return measured
    }

    /// The steps, and in the same rows what batches came to that were taken back.
    private func measuredSteps(
        in database: Database
    ) throws(DatabaseError) -> ([Measurements.Step], [Measurements.UndoneBatches]) {
        // A migration stands in many rows: its id is read once.
        var ids: [String: MigrationID] = [:]
        var steps: [Measurements.Step] = []
        var undone: [Measurements.UndoneBatches] = []
        var isReadable = true
        try mapped {
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT j.run, j.migration, j.direction, j.status, j.duration_us, j.started_at,
                        j.statements_done, CASE WHEN j.status <> 'failed' THEN j.message END
                    FROM \(journal) AS j JOIN \(runs) AS r ON r.id = j.run
                    WHERE r.kind <> 'baseline' AND j.duration_us IS NOT NULL
                    AND (j.status = 'failed'
                        OR (j.status = 'done' AND j.statements_done > 0
                            AND (j.message IS NULL OR j.message = ?))
                        OR NOT \(UndoneBatchesNote.isStep))
                    ORDER BY j.entry
                    """, arguments: [Step.leftBatchesNote])
            while let row = try rows.next() {
                let name: String = row[1]
                guard let id = ids[name] ?? MigrationID(name),
                    let direction = Direction(rawValue: row[2]),
                    let startedAt = Timestamp(registryText: row[5])
                else {
                    isReadable = false
                    return
                }
                ids[name] = id
                let (run, status) = (RunID(row[0]), row[3] as String)
                let (took, message) = (row[4] as Int64, row[7] as String?)
                if status == "settled" {
                    guard let note = message.flatMap(UndoneBatchesNote.init) else { continue }
                    undone.append(
                        Measurements.UndoneBatches(
                            migration: id, statement: row[6], state: note.state, rows: note.rows,
                            busy: .microseconds(took), run: run))
                    continue
                }
                steps.append(
                    Measurements.Step(
                        run: run, migration: id, direction: direction,
                        hasSucceeded: status == "done",
                        endedAt: Timestamp(microseconds: startedAt.microseconds + took),
                        duration: .microseconds(took), leftBatches: message != nil))
            }
        }
        guard isReadable else { throw damaged("a row of the journal cannot be read") }
        return (steps, undone)
    }

    private func measuredBackups(
        in database: Database
    ) throws(DatabaseError) -> [Measurements.Backup] {
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: "SELECT taken_at, duration_us, bytes FROM \(backups) ORDER BY taken_at, entry")
        }
        var measured: [Measurements.Backup] = []
        for row in rows {
            guard let takenAt = Timestamp(registryText: row[0]) else {
                throw damaged("a row of the backups cannot be read")
            }
            measured.append(
                Measurements.Backup(
                    takenAt: takenAt, duration: .microseconds(row[1] as Int64), bytes: row[2]))
        }
        return measured
    }
}
