import ApusCore

extension Rule {
    static let indexWithoutConcurrently = Rule(
        "index-without-concurrently", .postgres, level: .error,
        summary: "CREATE INDEX stops all writes to its table until the index is built",
        page: Page(
            why: """
                `CREATE INDEX` takes a SHARE lock on the table: it can be read meanwhile, but INSERT, UPDATE and DELETE wait \
                until the index is built, which on a large table takes minutes or hours. In a migration the lock is held \
                until the transaction ends, longer still.
                """,
            instead: """
                `CREATE INDEX CONCURRENTLY` lets writes go on. It cannot run inside a transaction: give it a migration of its \
                own with `-- apus: no-transaction` below the marker. Apus shows its progress, and an index that a failed \
                attempt left INVALID is dropped and built again.

                The index of a partitioned table cannot be built concurrently: create it `ON ONLY` the parent, create \
                the partitions' indexes concurrently, and attach each.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
                "https://www.postgresql.org/docs/current/explicit-locking.html",
            ]),
        examples: [
            .fixable(
                "an index on a table in use",
                earlier: "CREATE TABLE guests (id bigint, family_name text);",
                "CREATE INDEX guests_name_idx ON guests (family_name);",
                down: "DROP INDEX guests_name_idx;"),
            .fixable(
                "beside another change", line: 2,
                earlier: "CREATE TABLE guests (id bigint, family_name text);",
                others: ["drop-column-loses-data"],
                """
                ALTER TABLE guests ADD COLUMN phone text;
                CREATE UNIQUE INDEX guests_name_idx ON guests (family_name, phone);
                """,
                down: """
                    DROP INDEX guests_name_idx;
                    ALTER TABLE guests DROP COLUMN phone;
                    """),
            .good(
                "built concurrently, outside of a transaction",
                earlier: "CREATE TABLE guests (id bigint, family_name text);",
                outsideTransaction: true,
                "CREATE INDEX CONCURRENTLY guests_name_idx ON guests (family_name);",
                down: "DROP INDEX CONCURRENTLY guests_name_idx;"),
            .good(
                "on a table that nobody uses yet",
                """
                CREATE TABLE guests (id bigint, family_name text);
                CREATE INDEX guests_name_idx ON guests (family_name);
                """),
        ],
        fix: Remedy(
            "Builds the index concurrently: in the same file, where that makes nothing else, or in a migration of its own behind it."
        ) { (subject, _) throws(FixRefusal) in
            guard let index = subject.tree, let relation = index["relation"],
                let table = relation.relationName
            else { throw FixRefusal("its table cannot be read") }
            try subject.requirePlain(table, "its index cannot be built concurrently")
            let name = try ChosenName(table: table, schema: subject.before).index(index)
            let partner = subject.undoing { $0.dropsOnly("OBJECT_INDEX", name) }
            try subject.requireUnnamedInDown(name, except: partner?.part)
            var text = try subject.text(with: "CONCURRENTLY", behind: "INDEX")
            if index.text("idxname") == nil {
                text = text.replacing(
                    "CONCURRENTLY", with: "CONCURRENTLY \(SQLName.quoted(name))", maxReplacements: 1
                )
            }
            var fix = Fix(part: subject.part, change: .outside([text]), partner: partner?.part)
            let written = SQLName.qualified(relation.text("schemaname"), name)
            fix.undo = ["DROP INDEX CONCURRENTLY \(written)"]
            fix.stake = Stake(
                table: table, names: [name], isReliedUpon: index.flag("unique"),
                columns: subject.statement.range)
            return fix
        },
        check: .statement { subject in
            guard let index = subject.tree, index.is("IndexStmt"), !index.flag("concurrent"),
                let relation = index["relation"], let table = relation.relationName,
                !subject.isNew(table)
            else { return [] }
            // ON ONLY builds nothing on a partitioned table, and that is what it is written for.
            let isPartitioned = subject.before.tables[table]?.isPartitioned
            if !relation.flag("inh"), isPartitioned != false { return [] }
            let help =
                isPartitioned == true
                ? "create it ON ONLY \(table), then CREATE INDEX CONCURRENTLY on each partition and ALTER INDEX … ATTACH PARTITION"
                : "CREATE INDEX CONCURRENTLY, in a migration of its own with `-- apus: no-transaction`"
            return [
                subject.violation(
                    "writes to \(table) wait until this index is built", help: [help]
                ).growing(with: table)
            ]
        })
}
