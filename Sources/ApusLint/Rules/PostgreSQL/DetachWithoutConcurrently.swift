import ApusCore

extension Rule {
    static let detachWithoutConcurrently = Rule(
        "detach-without-concurrently", .postgres, level: .warning,
        summary: "DETACH PARTITION takes the whole partitioned table from everybody",
        page: Page(
            why: """
                `DETACH PARTITION` takes ACCESS EXCLUSIVE on the partitioned table and on the partition: it waits for every query on \
                any of the partitions, and whoever comes later waits behind it.
                """,
            instead: """
                `DETACH PARTITION … CONCURRENTLY`, in a migration of its own with `-- apus: no-transaction`. It is not possible where there \
                is a default partition. `apus lint --fix` leaves it to people: what is detached concurrently keeps a check that says what \
                its bounds were, and the schema is another one.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION"
            ]),
        examples: [
            .bad(
                "an old year",
                earlier: """
                    CREATE TABLE stays (night date) PARTITION BY RANGE (night);
                    CREATE TABLE stays_2024 PARTITION OF stays FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
                    """,
                "ALTER TABLE stays DETACH PARTITION stays_2024;"),
            .good(
                "concurrently",
                earlier: """
                    CREATE TABLE stays (night date) PARTITION BY RANGE (night);
                    CREATE TABLE stays_2024 PARTITION OF stays FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
                    """,
                outsideTransaction: true,
                "ALTER TABLE stays DETACH PARTITION stays_2024 CONCURRENTLY;"),
        ],
        check: .statement { subject in
            guard let alter = subject.alterTable, !subject.isNew(alter.table) else { return [] }
            return alter.actions.compactMap { action in
                guard action.kind == "AT_DetachPartition",
                    action.definition?.flag("concurrent") != true
                else { return nil }
                return subject.violation(
                    "reads and writes of all partitions of \(alter.table) wait behind this",
                    in: action.range,
                    help: [
                        "DETACH PARTITION … CONCURRENTLY, in a migration of its own with `-- apus: no-transaction`"
                    ])
            }
        })
}
