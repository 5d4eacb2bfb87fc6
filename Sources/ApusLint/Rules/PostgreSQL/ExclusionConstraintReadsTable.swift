import ApusCore

extension Rule {
    static let exclusionConstraintReadsTable = Rule(
        "exclusion-constraint-reads-table", .postgres, level: .error,
        summary: "An exclusion constraint builds its index while nobody may read or write",
        page: Page(
            why: """
                `ADD … EXCLUDE` builds an index and compares all rows under ACCESS EXCLUSIVE: reads and writes wait. There \
                is no `NOT VALID` for it, and no index can be built beforehand.
                """,
            instead: """
                Make the constraint with the table. On a table in use: create a new table with the constraint, write both, copy in \
                batches and change over; or choose a time when nobody needs the table, and say so in an allowance.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT"
            ]),
        examples: [
            .bad(
                "stays that must not overlap", line: 2,
                earlier: "CREATE TABLE stays (room bigint, nights int8range);",
                """
                ALTER TABLE stays
                    ADD CONSTRAINT stays_nights_excl EXCLUDE USING gist (nights WITH &&);
                """),
            .good(
                "made with the table",
                "CREATE TABLE stays (nights int8range, EXCLUDE USING gist (nights WITH &&));"),
        ],
        check: .statement { subject in
            guard let alter = subject.alterTable, !subject.isNew(alter.table) else { return [] }
            return alter.actions.compactMap { action in
                guard action.kind == "AT_AddConstraint",
                    action.definition?.has("contype", "CONSTR_EXCLUSION") == true
                else { return nil }
                return subject.violation(
                    "reads and writes of \(alter.table) wait while all its rows are compared",
                    in: action.range,
                    help: [
                        "make a new table with the constraint and change over, or choose a time and say so: -- apus: allow exclusion-constraint-reads-table REASON"
                    ]
                ).growing(with: alter.table)
            }
        })
}
