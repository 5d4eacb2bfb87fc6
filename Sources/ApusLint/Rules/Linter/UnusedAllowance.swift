import ApusCore

extension Rule {
    static let unusedAllowance = Rule(
        "unused-allowance", .postgres, .sqlite, level: .warning,
        summary: "An allowance that nothing needs",
        page: Page(
            why: """
                An allowance that outlives its reason is a trap: the next statement that somebody puts below it is allowed \
                unseen. It also tells readers of a danger that is not there.
                """,
            instead: """
                Take it out. An allowance covers the statement right below it, or the whole section where it stands directly \
                below the section's marker, or the whole migration where it stands in the header.
                """,
            references: []),
        examples: [
            .bad(
                "the statement that it was for is gone", line: 2,
                """

                -- apus: allow drop-table-loses-data nobody has used it since 1.2.0
                CREATE TABLE guests (id bigint);
                """),
            .good(
                "it allows what stands below it", earlier: "CREATE TABLE guests (id bigint);",
                """

                -- apus: allow drop-table-loses-data nobody has used it since 1.2.0
                DROP TABLE guests;
                """),
        ],
        check: .linter)
}
