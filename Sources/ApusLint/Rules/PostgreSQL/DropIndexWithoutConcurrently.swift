import ApusCore

extension Rule {
    static let dropIndexWithoutConcurrently = Rule(
        "drop-index-without-concurrently", .postgres, level: .warning,
        summary: "DROP INDEX takes its table from everybody until the transaction ends",
        page: Page(
            why: """
                `DROP INDEX` takes ACCESS EXCLUSIVE on the table. It waits for every query that runs there, and whoever comes \
                later waits behind it; then the lock is held until the transaction ends.

                A down section that undoes the index of its own up section may do so as that was made.
                """,
            instead: """
                `DROP INDEX CONCURRENTLY`, in a migration of its own with `-- apus: no-transaction`. The index of a constraint goes with \
                `ALTER TABLE … DROP CONSTRAINT`; that of a partitioned table cannot be dropped concurrently.
                """,
            references: ["https://www.postgresql.org/docs/current/sql-dropindex.html"]),
        examples: [
            .bad(
                "an index of a table in use",
                earlier: """
                    CREATE TABLE guests (id bigint, family_name text);
                    CREATE INDEX guests_name_idx ON guests (family_name);
                    """,
                "DROP INDEX guests_name_idx;"),
            .good(
                "concurrently, outside of a transaction",
                earlier: """
                    CREATE TABLE guests (id bigint, family_name text);
                    CREATE INDEX guests_name_idx ON guests (family_name);
                    """,
                outsideTransaction: true,
                "DROP INDEX CONCURRENTLY guests_name_idx;"),
            .good(
                "of a table that the same section made",
                """
                CREATE TABLE guests (id bigint, family_name text);
                CREATE INDEX guests_name_idx ON guests (family_name);
                DROP INDEX guests_name_idx;
                """),
        ],
        check: .statement { subject in
            guard let drop = subject.tree, drop.is("DropStmt"),
                drop.has("removeType", "OBJECT_INDEX"), !drop.flag("concurrent")
            else { return [] }
            let used = drop.droppedNames.filter { name in
                guard let index = subject.before.indexes[name] else { return true }
                return !subject.isNew(index.table) && !subject.isUndoing(index.birth)
                    && subject.before.tables[index.table]?.isPartitioned != true
            }
            guard let name = used.first else { return [] }
            let table = subject.before.indexes[name]?.table
            return [
                subject.violation(
                    "reads and writes of \(table.map(\.description) ?? "its table") wait behind the removal of \(name)",
                    help: [
                        "DROP INDEX CONCURRENTLY, in a migration of its own with `-- apus: no-transaction`"
                    ])
            ]
        })
}
