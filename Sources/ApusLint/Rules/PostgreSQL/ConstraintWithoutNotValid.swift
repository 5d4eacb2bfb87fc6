import ApusCore

extension Rule {
    static let constraintWithoutNotValid = Rule(
        "constraint-without-not-valid", .postgres, level: .error,
        summary: "A foreign key or check reads the whole table under a lock when it is added",
        page: Page(
            why: """
                A constraint that is added is first checked against every row. A `CHECK` does that under ACCESS EXCLUSIVE, which \
                stops reads as well; a `FOREIGN KEY` under SHARE ROW EXCLUSIVE on both tables, which stops writes to both.
                """,
            instead: """
                Add it `NOT VALID`: that reads no row and holds the lock for a moment, and new rows are checked from then on. Then \
                `ALTER TABLE … VALIDATE CONSTRAINT` in a migration of its own: it reads the table under SHARE UPDATE \
                EXCLUSIVE, and reads and writes go on.

                A column that is added with `REFERENCES` and without a default holds only NULL, so that nothing is \
                read. PostgreSQL before 18 knows no `NOT VALID` for foreign keys of partitioned tables.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES"
            ]),
        examples: [
            .fixable(
                "a foreign key between tables in use", line: 2,
                earlier: """
                    CREATE TABLE trips (id bigint PRIMARY KEY);
                    CREATE TABLE guests (id bigint, trip_id bigint);
                    CREATE INDEX guests_trip_id_idx ON guests (trip_id);
                    """,
                """
                ALTER TABLE guests
                    ADD CONSTRAINT guests_trip_id_fkey FOREIGN KEY (trip_id) REFERENCES trips (id);
                """,
                down: "ALTER TABLE guests DROP CONSTRAINT guests_trip_id_fkey;"),
            .fixable(
                "a check on a table in use",
                earlier: "CREATE TABLE guests (id bigint, nights integer);",
                "ALTER TABLE guests ADD CONSTRAINT guests_nights_check CHECK (nights > 0);",
                down: "ALTER TABLE guests DROP CONSTRAINT guests_nights_check;"),
            .bad(
                "a check that comes with a new column",
                earlier: "CREATE TABLE guests (id bigint);",
                "ALTER TABLE guests ADD COLUMN nights integer DEFAULT 1 CHECK (nights > 0);"),
            .good(
                "not validated yet",
                earlier: "CREATE TABLE guests (id bigint, nights integer);",
                "ALTER TABLE guests ADD CONSTRAINT guests_nights_check CHECK (nights > 0) NOT VALID;"
            ),
            .good(
                "validated by a later migration",
                earlier: """
                    CREATE TABLE guests (id bigint, nights integer);
                    ALTER TABLE guests ADD CONSTRAINT guests_nights_check CHECK (nights > 0) NOT VALID;
                    """,
                "ALTER TABLE guests VALIDATE CONSTRAINT guests_nights_check;"),
            .good(
                "a new column that refers to another table",
                earlier: """
                    CREATE TABLE trips (id bigint PRIMARY KEY);
                    CREATE TABLE guests (id bigint);
                    """,
                """

                -- apus: allow foreign-key-without-index trips are never deleted
                ALTER TABLE guests ADD COLUMN trip_id bigint REFERENCES trips (id);
                """),
        ],
        fix: Remedy(
            "Adds the constraint `NOT VALID`, and validates it in a migration of its own behind this one."
        ) { (subject, violation) throws(FixRefusal) in
            try subject.requireUp()
            let (alter, action, part) = try subject.action(of: violation)
            guard let definition = action.definition else {
                throw FixRefusal("its constraint cannot be read")
            }
            if definition.has("contype", "CONSTR_FOREIGN") {
                try subject.requirePlain(
                    alter.table, "PostgreSQL before 18 knows no NOT VALID for its foreign keys")
            }
            let name = try ChosenName(table: alter.table, schema: subject.before)
                .constraint(definition)
            let quoted = SQLName.quoted(name)
            let source = subject.migration.source
            let text =
                definition.text("conname") == nil
                ? try source.text(
                    of: action.range, with: "CONSTRAINT \(quoted)", behind: "ADD")
                : source.text(action.range)
            var fix = Fix(part: part, change: .text("\(text) NOT VALID"))
            let table = subject.alterTableText
            fix.later = Fix.Later(
                table: alter.table, up: ["\(table) VALIDATE CONSTRAINT \(quoted)"],
                down: ["\(table) DROP CONSTRAINT \(quoted)", "\(table) \(text) NOT VALID"])
            fix.stake = Stake(table: alter.table, names: [name], columns: part.range)
            return fix
        },
        check: .statement { subject in
            guard let alter = subject.alterTable, !subject.isNew(alter.table) else { return [] }
            return alter.actions.flatMap { action -> [Violation] in
                guard let definition = action.definition else { return [] }
                switch action.kind {
                case "AT_AddConstraint":
                    guard !definition.flag("skip_validation") else { return [] }
                    return added(definition, to: alter.table).map {
                        subject.violation($0, in: action.range, help: help).growing(
                            with: alter.table)
                    }
                case "AT_AddColumn":
                    let constraints = definition.list("constraints")
                    let hasDefault = constraints.contains { $0.has("contype", "CONSTR_DEFAULT") }
                    return constraints.flatMap { constraint -> [Violation] in
                        // Without a default the new column holds only NULL, which refers to nothing.
                        if constraint.has("contype", "CONSTR_FOREIGN"), !hasDefault { return [] }
                        return added(constraint, to: alter.table).map {
                            subject.violation($0, at: constraint, help: columnHelp).growing(
                                with: alter.table)
                        }
                    }
                default: return []
                }
            }
        })

    private static let help = [
        "add it NOT VALID, and ALTER TABLE … VALIDATE CONSTRAINT in the next migration"
    ]
    private static let columnHelp = [
        "add the column first, then the constraint NOT VALID, and VALIDATE CONSTRAINT in the next migration"
    ]

    private static func added(_ constraint: SyntaxNode, to table: ObjectName) -> [String] {
        if constraint.has("contype", "CONSTR_CHECK") {
            return ["reads and writes of \(table) wait while this check reads all its rows"]
        }
        guard constraint.has("contype", "CONSTR_FOREIGN") else { return [] }
        let other = constraint["pktable"]?.relationName.map { " and \($0)" } ?? ""
        return ["writes to \(table)\(other) wait while this foreign key reads all rows"]
    }
}
