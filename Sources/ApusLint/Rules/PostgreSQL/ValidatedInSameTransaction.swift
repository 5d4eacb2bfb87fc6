import ApusCore

extension Rule {
    static let validatedInSameTransaction = Rule(
        "validated-in-same-transaction", .postgres, level: .error,
        summary:
            "A constraint is validated while its table is still locked by the same transaction",
        page: Page(
            why: """
                `VALIDATE CONSTRAINT` reads the whole table under SHARE UPDATE EXCLUSIVE, so that reads and writes go on. But a lock is \
                kept until its transaction ends: behind a statement that took ACCESS EXCLUSIVE or SHARE ROW EXCLUSIVE, such \
                as the one that added the constraint `NOT VALID`, everybody waits while the rows are read.
                """,
            instead: "Validate in a migration of its own.",
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
                "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES",
            ]),
        examples: [
            .bad(
                "behind the statement that added it", line: 3,
                earlier: "CREATE TABLE guests (id bigint, nights integer);",
                """
                ALTER TABLE guests
                    ADD CONSTRAINT guests_nights_check CHECK (nights > 0) NOT VALID;
                ALTER TABLE guests VALIDATE CONSTRAINT guests_nights_check;
                """),
            .bad(
                "in the statement that adds it",
                earlier: "CREATE TABLE guests (id bigint, nights integer);",
                "ALTER TABLE guests ADD CONSTRAINT n CHECK (nights > 0) NOT VALID, VALIDATE CONSTRAINT n;"
            ),
            .bad(
                "a foreign key, which stops writes", line: 2,
                earlier: """
                    CREATE TABLE trips (id bigint PRIMARY KEY);
                    CREATE TABLE guests (id bigint, trip_id bigint);
                    CREATE INDEX ON guests (trip_id);
                    """,
                """
                ALTER TABLE guests ADD CONSTRAINT f FOREIGN KEY (trip_id) REFERENCES trips NOT VALID;
                ALTER TABLE guests VALIDATE CONSTRAINT f;
                """),
            .good(
                "in a transaction of its own",
                earlier: """
                    CREATE TABLE guests (id bigint, nights integer);
                    ALTER TABLE guests ADD CONSTRAINT n CHECK (nights > 0) NOT VALID;
                    """,
                "ALTER TABLE guests VALIDATE CONSTRAINT n;"),
            .good(
                "outside of a transaction",
                earlier: "CREATE TABLE guests (id bigint, nights integer);",
                outsideTransaction: true,
                """
                ALTER TABLE guests ADD CONSTRAINT n CHECK (nights > 0) NOT VALID;
                ALTER TABLE guests VALIDATE CONSTRAINT n;
                """),
        ],
        check: .migration { subject in
            subject.validationsUnderLock(subject.up, .up, subject.migration.up, subject.before)
                + (subject.migration.down.map {
                    subject.validationsUnderLock(subject.down, .down, $0, subject.afterUp)
                } ?? [])
        })
}

extension MigrationSubject {
    fileprivate func validationsUnderLock(
        _ statements: [SectionStatement], _ direction: Direction, _ script: Script,
        _ schema: KnownSchema
    ) -> [Violation] {
        guard statements.contains(where: { $0.tree?.validates == true }) else { return [] }
        var schema = schema
        // The strongest lock on each table that stops writes, and the statement that took it.
        var held: [ObjectName: (mode: TableLockMode, line: Int)] = [:]
        var violations: [Violation] = []
        for statement in statements {
            guard let tree = statement.tree else { continue }
            let locks = LockPrediction.of(tree, before: schema, on: surroundings.assumedVersion)
                .locks
            func isNew(_ table: ObjectName) -> Bool {
                schema.tables[table].map {
                    surroundings.isNew($0.birth, in: direction, of: migration.id)
                } ?? false
            }
            for lock in locks {
                let table = ObjectName(schema: lock.schema, lock.name)
                if tree.validates, tree["relation"]?.relationName == table, !isNew(table),
                    lock.isScanned != false
                {
                    let own = (lock.mode, statement.statement.line)
                    if let (mode, line) = held[table] ?? (lock.mode.stopsWrites ? own : nil) {
                        violations.append(validation(of: table, mode, line, direction, statement))
                    }
                }
                if lock.mode.stopsWrites, script.transaction == .wrapped,
                    held[table].map({ lock.mode > $0.mode }) ?? true
                {
                    held[table] = (lock.mode, statement.statement.line)
                }
            }
            schema.take(
                tree,
                KnownSchema.Birth(
                    migration: migration.id, direction: direction, statement: statement.index))
        }
        return violations
    }

    private func validation(
        of table: ObjectName, _ mode: TableLockMode, _ line: Int, _ direction: Direction,
        _ statement: SectionStatement
    ) -> Violation {
        let who = mode == .accessExclusive ? "reads and writes of" : "writes to"
        let taken =
            line == statement.statement.line
            ? "the statement itself takes \(mode.name)"
            : "line \(line) took \(mode.name), which is kept until the transaction ends"
        return violation(
            "\(who) \(table) wait while this reads all its rows: \(taken)", direction, statement,
            help: ["validate it in a migration of its own, behind this one"]
        ).growing(with: table)
    }
}

extension SyntaxNode {
    fileprivate var validates: Bool {
        `is`("AlterTableStmt")
            && list("cmds").contains { $0.has("subtype", "AT_ValidateConstraint") }
    }
}
