import ApusCore
import ApusEngine

/// The rows that say what the steps of a run waited for, and what they held.
extension PostgresSession {
    /// SQL commands that write them.
    func insertions(of locks: [StepLocks], in run: RunID) -> [String] {
        let waits = locks.filter(\.hasWaited).map { step in
            row([
                run.description, step.migration.description.sqlLiteral,
                step.direction.rawValue.sqlLiteral, String(step.waited.microseconds),
                String(step.retries), step.holder.sqlLiteral,
            ])
        }
        let held = locks.flatMap { step in
            step.held.map { lock in
                row([
                    run.description, step.migration.description.sqlLiteral,
                    step.direction.rawValue.sqlLiteral, String(lock.statement),
                    lock.relation.sqlLiteral, lock.mode.rawValue.sqlLiteral,
                    String(max(0, lock.held.microseconds)), String(lock.isRewrite),
                    String(lock.isScan),
                ])
            }
        }
        var commands: [String] = []
        if !waits.isEmpty {
            commands.append(
                """
                INSERT INTO \(names.stepWaits) (run, migration, direction, waited_us, retries, \
                holder) VALUES \(waits.joined(separator: ", "))
                """)
        }
        if !held.isEmpty {
            commands.append(
                """
                INSERT INTO \(names.stepLocks) (run, migration, direction, statement, relation, \
                mode, held_us, is_rewrite, is_scan) VALUES \(held.joined(separator: ", "))
                """)
        }
        return commands
    }

    private func row(_ values: [String]) -> String { "(\(values.joined(separator: ", ")))" }

    /// What the steps of a run waited for and held; nothing where the registry keeps none.
    func stepLocks(
        _ connection: Connection, _ version: Int, of run: RunID
    ) throws(DatabaseError) -> [StepLocks] {
        guard version >= 5 else { return [] }
        var steps = try lockWaits(connection, version, "WHERE w.run = \(run)").map(StepLocks.init)
        let rows = try connection.execute(
            """
            SELECT l.migration, l.direction, l.statement, l.relation, l.mode, l.held_us, \
            l.is_rewrite, l.is_scan FROM \(names.stepLocks) l WHERE l.run = \(run) ORDER BY l.entry
            """)
        for row in 0..<rows.count {
            guard let id = rows.text(row, 0).flatMap(MigrationID.init),
                let direction = rows.text(row, 1).flatMap(Direction.init(rawValue:)),
                let lock = MeasuredLock(rows, row)
            else { throw damaged("step_locks", rows.text(row, 0)) }
            steps.add(lock, id, direction)
        }
        return steps
    }

    func lockWaits(
        _ connection: Connection, _ version: Int, _ filter: String = ""
    ) throws(DatabaseError) -> [Measurements.LockWait] {
        guard version >= 5 else { return [] }
        let rows = try connection.execute(
            """
            SELECT w.run, w.migration, w.direction, w.waited_us, w.retries, w.holder \
            FROM \(names.stepWaits) w \(filter) ORDER BY w.run, w.entry
            """)
        var waits: [Measurements.LockWait] = []
        for row in 0..<rows.count {
            guard let run = rows.integer(row, 0),
                let id = rows.text(row, 1).flatMap(MigrationID.init),
                let direction = rows.text(row, 2).flatMap(Direction.init(rawValue:)),
                let waited = rows.integer(row, 3), let retries = rows.integer(row, 4)
            else { throw damaged("step_waits", rows.text(row, 1)) }
            waits.append(
                Measurements.LockWait(
                    run: RunID(run), migration: id, direction: direction,
                    waited: .microseconds(waited), retries: Int(retries), holder: rows.text(row, 5)
                ))
        }
        return waits
    }
}

extension MeasuredLock {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let statement = rows.integer(row, 2), let relation = rows.text(row, 3),
            let mode = rows.text(row, 4).flatMap(TableLockMode.init),
            let held = rows.integer(row, 5)
        else { return nil }
        self.init(
            relation: relation, mode: mode, statement: Int(statement), held: .microseconds(held),
            isRewrite: rows.flag(row, 6), isScan: rows.flag(row, 7))
    }
}
