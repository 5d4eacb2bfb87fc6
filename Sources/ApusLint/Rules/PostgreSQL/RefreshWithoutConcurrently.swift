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
            .fixable(
                "a view in use that has a unique index",
                earlier: """
                    CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id;
                    CREATE UNIQUE INDEX totals_id_key ON totals (id);
                    """,
                "REFRESH MATERIALIZED VIEW totals;", down: "SELECT 1;"),
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
        fix: Remedy(
            "Writes `CONCURRENTLY`, where a migration has given the view a unique index over columns."
        ) { (subject, _) throws(FixRefusal) in
            guard let view = subject.tree?["relation"]?.relationName else {
                throw FixRefusal("its view cannot be read")
            }
            if subject.tree?.flag("skipData") == true {
                throw FixRefusal("WITH NO DATA and CONCURRENTLY exclude each other")
            }
            guard
                subject.before.indexes.values.contains(where: {
                    $0.table == view && $0.isUnique && $0.isPlain
                })
            else {
                throw FixRefusal("no migration here gives \(view) a unique index over columns")
            }
            guard subject.before.tables[view]?.isFilled == true else {
                throw FixRefusal("\(view) has not been filled yet, which CONCURRENTLY needs")
            }
            return Fix(
                part: subject.part,
                change: .text(try subject.text(with: "CONCURRENTLY", behind: "VIEW")))
        },
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
