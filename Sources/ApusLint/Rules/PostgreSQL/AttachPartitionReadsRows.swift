import ApusCore

extension Rule {
    static let attachPartitionReadsRows = Rule(
        "attach-partition-reads-rows", .postgres, level: .error,
        summary: "A table that becomes a partition is read while nobody may use it",
        page: Page(
            why: """
                PostgreSQL reads the whole table to see that its rows belong to the partition, under ACCESS EXCLUSIVE on it: reads \
                and writes of it wait. Where there is a default partition, that one is read as well, under the same lock.
                """,
            instead: """
                Give the table a `CHECK` that says what the partition's bounds say, `NOT VALID`, and validate it in a migration of its \
                own. Then it is attached in a moment, and the check can go. A default partition is spared the same way.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ATTACH-PARTITION"
            ]),
        examples: [
            .bad(
                "a table in use that nothing vouches for",
                earlier: """
                    CREATE TABLE stays (id bigint, day date NOT NULL) PARTITION BY RANGE (day);
                    CREATE TABLE stays_2025 (id bigint, day date NOT NULL);
                    """,
                "ALTER TABLE stays ATTACH PARTITION stays_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');"
            ),
            .bad(
                "a default partition, which may hold such rows", line: 2,
                earlier: """
                    CREATE TABLE stays (id bigint, day date NOT NULL) PARTITION BY RANGE (day);
                    CREATE TABLE stays_rest PARTITION OF stays DEFAULT;
                    """,
                """
                CREATE TABLE stays_2026 (id bigint, day date NOT NULL);
                ALTER TABLE stays ATTACH PARTITION stays_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
                """),
            .good(
                "a check vouches for the rows",
                earlier: """
                    CREATE TABLE stays (id bigint, day date NOT NULL) PARTITION BY RANGE (day);
                    CREATE TABLE stays_2025 (
                        id bigint, day date NOT NULL CHECK (day >= '2025-01-01' AND day < '2026-01-01'));
                    """,
                "ALTER TABLE stays ATTACH PARTITION stays_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');"
            ),
            .good(
                "the partition is new",
                earlier:
                    "CREATE TABLE stays (id bigint, day date NOT NULL) PARTITION BY RANGE (day);",
                """
                CREATE TABLE stays_2025 (id bigint, day date NOT NULL);
                ALTER TABLE stays ATTACH PARTITION stays_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
                """),
        ],
        check: .statement { subject in
            guard let tree = subject.tree, let alter = subject.alterTable,
                alter.actions.contains(where: { $0.kind == "AT_AttachPartition" })
            else { return [] }
            return subject.locks(of: tree).compactMap { lock in
                let table = ObjectName(schema: lock.schema, lock.name)
                guard lock.mode == .accessExclusive, lock.isScanned == true,
                    table != alter.table, !subject.isNew(table)
                else { return nil }
                return subject.violation(
                    "reads and writes of \(table) wait while all its rows are read",
                    help: [
                        "add a CHECK with the partition's bounds NOT VALID first, and VALIDATE CONSTRAINT in a migration of its own"
                    ]
                ).growing(with: table)
            }
        })
}
