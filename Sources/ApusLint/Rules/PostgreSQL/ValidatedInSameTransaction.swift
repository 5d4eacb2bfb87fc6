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
            guard subject.has(where: { $0.tree?.validates == true }) else { return [] }
            return subject.violationsUnderLock { place in
                guard let tree = place.statement.tree, tree.validates,
                    let table = tree["relation"]?.relationName, !place.isNew(table)
                else { return [] }
                return place.locks.compactMap { lock in
                    guard ObjectName(schema: lock.schema, lock.name) == table,
                        lock.isScanned != false
                    else { return nil }
                    let own = HeldLocks.Lock(
                        mode: lock.mode, line: place.statement.statement.line)
                    let held = place.held.strongest[table] ?? (own.mode.stopsWrites ? own : nil)
                    return held.map { validation(of: table, under: $0, place) }
                }
            }
        })

    private static func validation(
        of table: ObjectName, under held: HeldLocks.Lock, _ place: MigrationSubject.LockedPlace
    ) -> Violation {
        let taken =
            held.line == place.statement.statement.line
            ? "the statement itself takes \(held.mode.name)"
            : "line \(held.line) took \(held.mode.name), which is kept until the transaction ends"
        return place.subject.violation(
            "\(held.waiting(for: table)) while this reads all its rows: \(taken)",
            place.direction, place.statement,
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
