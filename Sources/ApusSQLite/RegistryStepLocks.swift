import ApusCore
import ApusEngine
import GRDB

import struct ApusEngine.DatabaseError

/// The rows that say what the steps of a run waited for, and what they held.
extension Registry {
    func insert(
        _ locks: [StepLocks], run: RunID, in database: Database
    ) throws(DatabaseError) {
        try mapped {
            for step in locks {
                if step.hasWaited {
                    try database.execute(
                        sql: """
                            INSERT INTO \(stepWaits) (run, migration, direction, waited_us, retries,
                                holder) VALUES (?, ?, ?, ?, ?, ?)
                            """,
                        arguments: [
                            run.number, step.migration.description, step.direction.rawValue,
                            step.waited.microseconds, step.retries, step.holder,
                        ])
                }
                for lock in step.held {
                    try database.execute(
                        sql: """
                            INSERT INTO \(stepLocks) (run, migration, direction, statement, relation,
                                mode, held_us, is_rewrite, is_scan)
                            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                            """,
                        arguments: [
                            run.number, step.migration.description, step.direction.rawValue,
                            lock.statement, lock.relation, lock.mode.rawValue,
                            lock.held.microseconds, lock.isRewrite, lock.isScan,
                        ])
                }
            }
        }
    }

    /// What the steps of a run waited for and held; nothing where the registry keeps none.
    func stepLocks(
        of run: RunID, in database: Database, _ version: Int
    ) throws(DatabaseError) -> [StepLocks] {
        guard version >= 5 else { return [] }
        var steps = try lockWaits(in: database, version, of: run).map(StepLocks.init)
        let rows = try mapped {
            try Row.fetchAll(
                database, sql: "SELECT * FROM \(stepLocks) WHERE run = ? ORDER BY entry",
                arguments: [run.number])
        }
        for row in rows {
            guard let id = MigrationID(row["migration"]),
                let direction = Direction(rawValue: row["direction"]),
                let mode = TableLockMode(rawValue: row["mode"])
            else { throw damaged("a row of the locks cannot be read") }
            steps.add(
                MeasuredLock(
                    relation: row["relation"], mode: mode, statement: row["statement"],
                    held: .microseconds(row["held_us"] as Int64), isRewrite: row["is_rewrite"],
                    isScan: row["is_scan"]), id, direction)
        }
        return steps
    }

    /// - Parameter run: `nil` for those of all runs.
    func lockWaits(
        in database: Database, _ version: Int, of run: RunID? = nil
    ) throws(DatabaseError) -> [Measurements.LockWait] {
        guard version >= 5 else { return [] }
        let rows = try mapped {
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM \(stepWaits) WHERE run = coalesce(?, run) ORDER BY run, entry",
                arguments: [run?.number])
        }
        var waits: [Measurements.LockWait] = []
        for row in rows {
            guard let id = MigrationID(row["migration"]),
                let direction = Direction(rawValue: row["direction"])
            else { throw damaged("a row of the waits for locks cannot be read") }
            waits.append(
                Measurements.LockWait(
                    run: RunID(row["run"]), migration: id, direction: direction,
                    waited: .microseconds(row["waited_us"] as Int64), retries: row["retries"],
                    holder: row["holder"]))
        }
        return waits
    }
}
