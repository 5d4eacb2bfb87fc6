import ApusCore

/// What a section's transaction keeps locked before one of its statements.
struct HeldLocks {
    struct Lock {
        var mode: TableLockMode
        /// Of the statement that took it.
        var line: Int
    }

    /// The strongest lock on each table that stops writes.
    private(set) var strongest: [ObjectName: Lock] = [:]

    fileprivate mutating func take(_ locks: [PredictedLock], line: Int) {
        for lock in locks where lock.mode.stopsWrites {
            let table = ObjectName(schema: lock.schema, lock.name)
            guard strongest[table].map({ lock.mode > $0.mode }) ?? true else { continue }
            strongest[table] = Lock(mode: lock.mode, line: line)
        }
    }
}

extension HeldLocks.Lock {
    /// Who waits for a table that is locked so.
    func waiting(for table: ObjectName) -> String {
        "\(mode == .accessExclusive ? "reads and writes of" : "writes to") \(table) wait"
    }
}

extension MigrationSubject {
    /// A statement with what is locked and known before it.
    struct LockedPlace {
        let statement: SectionStatement
        let direction: Direction
        /// What the statement itself locks; empty for one that only reads or writes rows.
        let locks: [PredictedLock]
        let held: HeldLocks
        let schema: KnownSchema
        let subject: MigrationSubject

        /// Whether nobody else uses the table yet.
        func isNew(_ table: ObjectName) -> Bool {
            schema.tables[table].map {
                subject.surroundings.isNew($0.birth, in: direction, of: subject.migration.id)
            } ?? false
        }
    }

    /// Goes through both sections. Outside of a transaction nothing is held.
    func violationsUnderLock(_ judge: (LockedPlace) -> [Violation]) -> [Violation] {
        violations(in: up, .up, migration.up, before, judge)
            + (migration.down.map { violations(in: down, .down, $0, afterUp, judge) } ?? [])
    }

    private func violations(
        in section: [SectionStatement], _ direction: Direction, _ script: Script,
        _ before: KnownSchema, _ judge: (LockedPlace) -> [Violation]
    ) -> [Violation] {
        guard script.dialect == .postgres else { return [] }
        var schema = before
        var held = HeldLocks()
        var violations: [Violation] = []
        for statement in section {
            let locks =
                statement.tree.map {
                    LockPrediction.of($0, before: schema, on: surroundings.assumedVersion).locks
                } ?? []
            violations += judge(
                LockedPlace(
                    statement: statement, direction: direction, locks: locks, held: held,
                    schema: schema, subject: self))
            guard let tree = statement.tree else { continue }
            if script.transaction == .wrapped {
                held.take(locks, line: statement.statement.line)
            }
            schema.take(
                tree,
                KnownSchema.Birth(
                    migration: migration.id, direction: direction, statement: statement.index))
        }
        return violations
    }
}
