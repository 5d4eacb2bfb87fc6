import ApusCore

extension Rule {
    static let requiredColumnWithoutDefault = Rule(
        "required-column-without-default", .postgres, level: .error,
        summary: "A NOT NULL column without a default cannot be added to a table with rows",
        page: Page(
            why: """
                The rows that are there would hold NULL in it, so that the statement fails as soon as there is one (SQLSTATE \
                23502); on an empty test database it passes. And the application version that still runs does not fill it: its \
                inserts fail.
                """,
            instead: """
                Give it a constant default, which costs nothing. Or add it without `NOT NULL`, let the application fill it, fill the \
                old rows in batches, then `CHECK (column IS NOT NULL) NOT VALID`, `VALIDATE CONSTRAINT` and `SET NOT NULL`.
                """,
            references: [
                "https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-ADDING-A-COLUMN"
            ]),
        examples: [
            .bad(
                "on a table in use", line: 2, earlier: "CREATE TABLE guests (id bigint);",
                """
                ALTER TABLE guests
                    ADD COLUMN email text NOT NULL;
                """),
            .bad(
                "on a table with a row",
                earlier: "CREATE TABLE guests (id bigint); INSERT INTO guests VALUES (1);",
                refusal: "23502", "ALTER TABLE guests ADD COLUMN email text NOT NULL;"),
            .good(
                "with a constant default", earlier: "CREATE TABLE guests (id bigint);",
                "ALTER TABLE guests ADD COLUMN email text NOT NULL DEFAULT '';"),
            .good(
                "without NOT NULL", earlier: "CREATE TABLE guests (id bigint);",
                "ALTER TABLE guests ADD COLUMN email text;"),
        ],
        check: .statement { subject in
            guard subject.alterTable != nil else { return [] }
            return subject.definedColumns.compactMap { column in
                guard !subject.isNew(column.table),
                    let required = column.constraints.first(where: {
                        $0.has("contype", "CONSTR_NOTNULL")
                    }),
                    !column.constraints.contains(where: {
                        $0.has("contype", "CONSTR_DEFAULT") || $0.has("contype", "CONSTR_IDENTITY")
                            || $0.has("contype", "CONSTR_GENERATED")
                    }), column.type?.isSerial != true
                else { return nil }
                return subject.violation(
                    "this fails where \(column.table) has rows: they have no value for \(column.name)",
                    at: required,
                    help: [
                        "give it a constant default, or add it without NOT NULL and fill it first"
                    ])
            }
        })
}

extension ColumnType {
    /// Whether it is one of the words that stand for an integer and a sequence.
    var isSerial: Bool {
        name.schema == nil
            && ["serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"].contains(
                name.name)
    }
}
