import ApusCore

extension Rule {
    static let refreshWithoutConcurrently = Rule(
        "refresh-without-concurrently", .postgres, level: .warning,
        summary: "REFRESH MATERIALIZED VIEW stops all who read the view until it is filled",
        page: Page(
            why: """
                `REFRESH MATERIALIZED VIEW` takes ACCESS EXCLUSIVE on the view while its query runs: whoever reads it waits until the \
                transaction ends.
                """,
            instead: """
                `REFRESH MATERIALIZED VIEW CONCURRENTLY`, which needs a unique index over columns of the view, and may stand in a \
                transaction.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html"
            ]),
        examples: [
            .bad(
                "a view in use", earlier: "CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id;",
                "REFRESH MATERIALIZED VIEW totals;"),
            .good(
                "concurrently",
                earlier: """
                    CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id;
                    CREATE UNIQUE INDEX totals_id_key ON totals (id);
                    """,
                "REFRESH MATERIALIZED VIEW CONCURRENTLY totals;"),
            .good(
                "a view that the same section made",
                """
                CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id WITH NO DATA;
                REFRESH MATERIALIZED VIEW totals;
                """),
        ],
        check: .statement { subject in
            guard let refresh = subject.tree, refresh.is("RefreshMatViewStmt"),
                !refresh.flag("concurrent"), let view = refresh["relation"]?.relationName,
                !subject.isNew(view)
            else { return [] }
            return [
                subject.violation(
                    "reads of \(view) wait until it is filled anew",
                    help: [
                        "REFRESH MATERIALIZED VIEW CONCURRENTLY, with a unique index on the view"
                    ]
                ).growing(with: view)
            ]
        })
}
