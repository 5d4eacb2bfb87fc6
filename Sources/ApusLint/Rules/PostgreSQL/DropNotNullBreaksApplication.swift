import ApusCore

extension Rule {
    static let dropNotNullBreaksApplication = Rule(
        "drop-not-null-breaks-application", .postgres, level: .notice,
        summary: "A column that was never NULL may be NULL from now on",
        page: Page(
            why: """
                An application that runs and counts on a value may fail at the first NULL. And undoing it fails as soon as there is one.
                """,
            instead: """
                First release a version of the application that can read NULL. Where the column is going to be dropped and nobody reads \
                it, that is done already: say so in an allowance.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL"
            ]),
        examples: [
            .bad(
                "a column in use", earlier: "CREATE TABLE guests (id bigint, email text NOT NULL);",
                "ALTER TABLE guests ALTER COLUMN email DROP NOT NULL;"),
            .good(
                "a column that the same section made",
                """
                CREATE TABLE guests (id bigint, email text NOT NULL);
                ALTER TABLE guests ALTER COLUMN email DROP NOT NULL;
                """),
        ],
        check: .statement { subject in
            guard let alter = subject.alterTable, !subject.isNew(alter.table),
                subject.direction == .up
            else { return [] }
            return alter.actions.compactMap { action in
                guard action.kind == "AT_DropNotNull", let column = action.name else { return nil }
                if let birth = subject.before.tables[alter.table]?.columns[column]?.birth,
                    subject.isNew(birth)
                {
                    return nil
                }
                return subject.violation(
                    "the application that runs may meet its first NULL in \(column)",
                    in: action.range,
                    help: ["first release an application that can read NULL there"])
            }
        })
}
