import ApusCore
import ApusEngine
import GRDB

import struct ApusEngine.DatabaseError

/// What runs, steps and backups took.
extension Registry {
    func measurements(in database: Database) throws(DatabaseError) -> Measurements {
        guard case .present(let version) = try state(in: database) else { return Measurements() }
        return Measurements(
            runs: try measuredRuns(in: database), steps: try measuredSteps(in: database),
            backups: try measuredBackups(in: database),
            lockWaits: try lockWaits(in: database, version),
            dataMigrations: try dataMigrations(in: database, version))
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
                throw foreign("a row of the runs cannot be read")
            }
            let endedAt: String? = row[4]
            measured.append(
                Measurements.Run(
                    id: RunID(row[0]), kind: row[1], status: row[2], startedAt: startedAt,
                    endedAt: endedAt.flatMap(Timestamp.init(registryText:)), failureCode: row[5]))
        }
        return measured
    }

    private func measuredSteps(
        in database: Database
    ) throws(DatabaseError) -> [Measurements.Step] {
        // A migration stands in many rows: its id is read once.
        var ids: [String: MigrationID] = [:]
        var steps: [Measurements.Step] = []
        var isReadable = true
        try mapped {
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT j.run, j.migration, j.direction, j.status = 'done', j.duration_us
                    FROM \(journal) AS j JOIN \(runs) AS r ON r.id = j.run
                    WHERE r.kind <> 'baseline' AND j.duration_us IS NOT NULL
                    AND (j.status = 'failed'
                        OR (j.status = 'done' AND j.statements_done > 0 AND j.message IS NULL))
                    ORDER BY j.entry
                    """)
            while let row = try rows.next() {
                let name: String = row[1]
                guard let id = ids[name] ?? MigrationID(name),
                    let direction = Direction(rawValue: row[2])
                else {
                    isReadable = false
                    return
                }
                ids[name] = id
                steps.append(
                    Measurements.Step(
                        run: RunID(row[0]), migration: id, direction: direction,
                        hasSucceeded: row[3], duration: .microseconds(row[4] as Int64)))
            }
        }
        guard isReadable else { throw foreign("a row of the journal cannot be read") }
        return steps
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
                throw foreign("a row of the backups cannot be read")
            }
            measured.append(
                Measurements.Backup(
                    takenAt: takenAt, duration: .microseconds(row[1] as Int64), bytes: row[2]))
        }
        return measured
    }
}
