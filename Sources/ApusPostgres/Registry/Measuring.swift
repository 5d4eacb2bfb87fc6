public import ApusCore
public import ApusEngine

extension PostgresSession {
    public func measurements() throws(DatabaseError) -> Measurements {
        try reading { (connection) throws(DatabaseError) in
            guard case .present(let version) = try registryState(connection) else {
                return Measurements()
            }
            let (steps, undone) = try measuredSteps(connection)
            return Measurements(
                runs: try measuredRuns(connection), steps: steps,
                backups: try measuredBackups(connection),
                lockWaits: try lockWaits(connection, version),
                dataMigrations: version < 4
                    ? []
                    : try progress(try connection.execute(dataMigrationsQuery(openOnly: false))),
                undoneBatches: undone)
        }
    }

    private func measuredRuns(
        _ connection: Connection
    ) throws(DatabaseError) -> [Measurements.Run] {
        let rows = try connection.execute(
            """
            SELECT id, kind, status, \(Self.microseconds("started_at")), \
            \(Self.microseconds("ended_at")), failure_code FROM \(names.runs) ORDER BY id
            """)
        var runs: [Measurements.Run] = []
        runs.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            guard let id = rows.integer(row, 0), let kind = rows.text(row, 1),
                let status = rows.text(row, 2), let startedAt = rows.integer(row, 3)
            else { throw damaged("runs", rows.text(row, 0)) }
            runs.append(
                Measurements.Run(
                    id: RunID(id), kind: kind, status: status,
                    startedAt: Timestamp(microseconds: startedAt),
                    endedAt: rows.integer(row, 4).map(Timestamp.init(microseconds:)),
                    failureCode: rows.text(row, 5)))
        }
        return runs
    }

    /// The steps, and in the same rows what batches came to that were taken back.
    private func measuredSteps(
        _ connection: Connection
    ) throws(DatabaseError) -> ([Measurements.Step], [Measurements.UndoneBatches]) {
        // Baselines are few: their numbers are looked up in a set. A join costs twice the time of the rest.
        let rows = try connection.execute(
            """
            SELECT j.run, j.migration, j.direction, j.status, j.duration_us, \
            \(Self.microseconds("j.started_at")), j.statements_done, \
            CASE WHEN j.status <> 'failed' THEN j.message END \
            FROM \(names.journal) j WHERE j.run NOT IN \
            (SELECT r.id FROM \(names.runs) r WHERE r.kind = 'baseline') \
            AND j.duration_us IS NOT NULL AND (j.status = 'failed' \
            OR (j.status = 'done' AND j.statements_done > 0 \
            AND (j.message IS NULL OR j.message = \(Step.leftBatchesNote.sqlLiteral))) \
            OR NOT \(UndoneBatchesNote.isStep)) ORDER BY j.entry
            """)
        var steps: [Measurements.Step] = []
        var undone: [Measurements.UndoneBatches] = []
        steps.reserveCapacity(rows.count)
        // A migration stands in many rows: its id is read once.
        var ids: [String: MigrationID] = [:]
        for row in 0..<rows.count {
            guard let run = rows.integer(row, 0), let name = rows.text(row, 1),
                let id = ids[name] ?? MigrationID(name),
                let direction = rows.text(row, 2).flatMap(Direction.init(rawValue:)),
                let duration = rows.integer(row, 4), let startedAt = rows.integer(row, 5),
                let done = rows.integer(row, 6)
            else { throw damaged("journal", rows.text(row, 1)) }
            ids[name] = id
            let message = rows.text(row, 7)
            if rows.text(row, 3) == "settled" {
                guard let note = message.flatMap(UndoneBatchesNote.init) else { continue }
                undone.append(
                    Measurements.UndoneBatches(
                        migration: id, statement: Int(done), state: note.state, rows: note.rows,
                        busy: .microseconds(duration), run: RunID(run)))
                continue
            }
            steps.append(
                Measurements.Step(
                    run: RunID(run), migration: id, direction: direction,
                    hasSucceeded: rows.text(row, 3) == "done",
                    endedAt: Timestamp(microseconds: startedAt + duration),
                    duration: .microseconds(duration), leftBatches: message != nil))
        }
        return (steps, undone)
    }

    private func measuredBackups(
        _ connection: Connection
    ) throws(DatabaseError) -> [Measurements.Backup] {
        let rows = try connection.execute(
            """
            SELECT \(Self.microseconds("taken_at")), duration_us, bytes FROM \(names.backups) \
            ORDER BY taken_at, name
            """)
        var backups: [Measurements.Backup] = []
        for row in 0..<rows.count {
            guard let takenAt = rows.integer(row, 0), let duration = rows.integer(row, 1),
                let bytes = rows.integer(row, 2)
            else { throw damaged("backups", rows.text(row, 0)) }
            backups.append(
                Measurements.Backup(
                    takenAt: Timestamp(microseconds: takenAt), duration: .microseconds(duration),
                    bytes: bytes))
        }
        return backups
    }
}
