import ApusCore

extension Rule {
    static let uniqueConstraintWithoutIndex = Rule(
        "unique-constraint-without-index", .postgres, level: .error,
        summary:
            "A primary key or unique constraint builds its index while nobody may read or write",
        page: Page(
            why: """
                `ADD PRIMARY KEY` and `ADD UNIQUE` build an index of all rows, and unlike `CREATE INDEX` they do it under ACCESS \
                EXCLUSIVE: reads and writes wait until it is built.
                """,
            instead: """
                Build the index with `CREATE UNIQUE INDEX CONCURRENTLY` in a migration of its own with `-- apus: \
                no-transaction`. Then `ADD CONSTRAINT … UNIQUE USING INDEX` (or `PRIMARY KEY USING INDEX`), which takes a \
                moment. The columns of a primary key should be NOT NULL before: otherwise all rows are looked at for a NULL.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX"
            ]),
        examples: [
            .bad(
                "a unique constraint on a table in use", line: 2,
                earlier: "CREATE TABLE guests (id bigint, email text);",
                """
                ALTER TABLE guests
                    ADD CONSTRAINT guests_email_key UNIQUE (email);
                """),
            .bad(
                "a primary key on a table in use",
                earlier: "CREATE TABLE guests (id bigint NOT NULL);",
                "ALTER TABLE guests ADD PRIMARY KEY (id);"),
            .bad(
                "a new column that is unique", earlier: "CREATE TABLE guests (id bigint);",
                "ALTER TABLE guests ADD COLUMN email text UNIQUE;"),
            .good(
                "of an index that an earlier migration built",
                earlier: """
                    CREATE TABLE guests (id bigint, email text);
                    CREATE UNIQUE INDEX guests_email_key ON guests (email);
                    """,
                "ALTER TABLE guests ADD CONSTRAINT guests_email_key UNIQUE USING INDEX guests_email_key;"
            ),
            .good(
                "on a table that nobody uses yet",
                """
                CREATE TABLE guests (id bigint, email text);
                ALTER TABLE guests ADD PRIMARY KEY (id), ADD UNIQUE (email);
                """),
        ],
        check: .statement { subject in
            guard let alter = subject.alterTable, !subject.isNew(alter.table) else { return [] }
            return alter.actions.flatMap { action -> [Violation] in
                guard let definition = action.definition else { return [] }
                switch action.kind {
                case "AT_AddConstraint":
                    guard buildsIndex(definition) else { return [] }
                    return [
                        subject.violation(message(alter.table), in: action.range, help: help)
                            .growing(with: alter.table)
                    ]
                case "AT_AddColumn":
                    return definition.list("constraints").filter(buildsIndex).map {
                        subject.violation(
                            message(alter.table), at: $0,
                            help: ["add the column first; \(help[0])"]
                        ).growing(with: alter.table)
                    }
                default: return []
                }
            }
        })

    private static let help = [
        "CREATE UNIQUE INDEX CONCURRENTLY in a migration of its own with `-- apus: no-transaction`, then ADD CONSTRAINT … USING INDEX"
    ]

    private static func message(_ table: ObjectName) -> String {
        "reads and writes of \(table) wait while the constraint's index is built"
    }

    private static func buildsIndex(_ constraint: SyntaxNode) -> Bool {
        (constraint.has("contype", "CONSTR_UNIQUE") || constraint.has("contype", "CONSTR_PRIMARY"))
            && constraint.text("indexname") == nil
    }
}
