import ApusCore

extension Rule {
    static let unknownName = Rule(
        "unknown-rule", .postgres, .sqlite, level: .error,
        summary: "An allowance names a rule that does not exist",
        page: Page(
            why: """
                An allowance for a rule that does not exist allows nothing. Mostly the name is misspelt, and the finding that it \
                was meant for is still there.
                """,
            instead:
                "Write the name as the finding shows it in brackets. `apus explain` lists all rules.",
            references: []),
        examples: [
            .bad(
                "a misspelt name", line: 2, earlier: "CREATE TABLE guests (id bigint);",
                others: ["drop-table-loses-data"],
                """

                -- apus: allow drop-table-looses-data nobody has used it since 1.2.0
                DROP TABLE guests;
                """),
            .good(
                "the rule's name", earlier: "CREATE TABLE guests (id bigint);",
                """

                -- apus: allow drop-table-loses-data nobody has used it since 1.2.0
                DROP TABLE guests;
                """),
        ],
        check: .linter)
}
