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
            .fixable(
                "a check that comes with a new column",
                earlier: "CREATE TABLE guests (id bigint);", others: ["drop-column-loses-data"],
                "ALTER TABLE guests ADD COLUMN nights integer DEFAULT 1 CHECK (nights > 0);",
                down: "ALTER TABLE guests DROP COLUMN nights;"),
            .fixable(
                "a reference that comes with a new column and its default", line: 3,
                earlier: """
                    CREATE TABLE sources (id bigint PRIMARY KEY);
                    CREATE TABLE guests (id bigint);
                    """, others: ["drop-column-loses-data"],
                """
                -- apus: allow foreign-key-without-index sources are never deleted
                ALTER TABLE guests ADD COLUMN source_id bigint DEFAULT 1
                    CONSTRAINT guests_source_fkey REFERENCES sources (id) DEFERRABLE NOT NULL;
                """,
                down: "ALTER TABLE guests DROP COLUMN source_id;"),
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
            """
            Adds the constraint `NOT VALID`, and validates it in a migration of its own behind this one. One that stands behind a \
            new column becomes an action of its own.
            """
        ) { (subject, violation) throws(FixRefusal) in
            try subject.requireUp()
            guard let constraint = subject.columnConstraint(of: violation) else {
                return try fix(subject.action(of: violation), subject)
            }
            return try fix(constraint, subject)
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

    private static func fix(
        _ found: (table: AlterTable, action: AlterTable.Action, part: SectionPart),
        _ subject: StatementSubject
    ) throws(FixRefusal) -> Fix {
        let action = found.action
        guard let definition = action.definition else {
            throw FixRefusal("its constraint cannot be read")
        }
        try requireNotValid(definition, of: found.table.table, subject)
        let name = try ChosenName(table: found.table.table, schema: subject.before)
            .constraint(definition)
        let source = subject.migration.source
        let text =
            definition.text("conname") == nil
            ? try source.text(
                of: action.range, with: "CONSTRAINT \(SQLName.quoted(name))", behind: "ADD")
            : source.text(action.range)
        var fix = Fix(part: found.part, change: .text("\(text) NOT VALID"))
        validate(&fix, name, "\(text) NOT VALID", of: found.table.table, subject)
        fix.stake?.columns = found.part.range
        return fix
    }

    /// The constraint leaves the column's definition, and becomes an action of its own behind it.
    private static func fix(
        _ constraint: ColumnConstraint, _ subject: StatementSubject
    ) throws(FixRefusal) -> Fix {
        guard let alter = subject.alterTable else {
            throw FixRefusal("its table cannot be read")
        }
        if constraint.action.node.flag("missing_ok") {
            throw FixRefusal(
                "ADD COLUMN IF NOT EXISTS adds it only where the column is not there yet")
        }
        try requireNotValid(constraint.definition, of: alter.table, subject)
        let name = try ChosenName(table: alter.table, schema: subject.before)
            .constraint(constraint.definition, of: constraint.column)
        let source = subject.migration.source
        let text =
            "ADD CONSTRAINT \(SQLName.quoted(name)) \(constraint.tableConstraint(in: source)) NOT VALID"
        var fix = Fix(part: subject.part(constraint.extent, of: alter), change: .text(""))
        fix.addition = (text, constraint.action.range.upperBound)
        validate(&fix, name, text, of: alter.table, subject)
        fix.stake?.columns = constraint.action.range
        return fix
    }

    private static func requireNotValid(
        _ definition: SyntaxNode, of table: ObjectName, _ subject: StatementSubject
    ) throws(FixRefusal) {
        guard definition.has("contype", "CONSTR_FOREIGN") else { return }
        try subject.requirePlain(
            table, "PostgreSQL before 18 knows no NOT VALID for its foreign keys")
    }

    private static func validate(
        _ fix: inout Fix, _ name: String, _ addition: String, of table: ObjectName,
        _ subject: StatementSubject
    ) {
        let alter = subject.alterTableText
        let quoted = SQLName.quoted(name)
        fix.later = Fix.Later(
            table: table, up: ["\(alter) VALIDATE CONSTRAINT \(quoted)"],
            down: ["\(alter) DROP CONSTRAINT \(quoted)", "\(alter) \(addition)"])
        fix.stake = Stake(table: table, names: [name])
    }

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
        let referenced = constraint["pktable"]?.relationName
        let other = referenced.flatMap { $0 == table ? nil : " and \($0)" } ?? ""
        return ["writes to \(table)\(other) wait while this foreign key reads all rows"]
    }
}
