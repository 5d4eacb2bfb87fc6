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
            .fixable(
                "an index of a table in use",
                earlier: """
                    CREATE TABLE guests (id bigint, family_name text);
                    CREATE INDEX guests_name_idx ON guests (family_name);
                    """,
                others: ["index-without-concurrently"], "DROP INDEX guests_name_idx;",
                down: "CREATE INDEX guests_name_idx ON guests (family_name);"),
            .fixable(
                "beside another change",
                earlier: """
                    CREATE TABLE guests (id bigint, family_name text);
                    CREATE INDEX guests_name_idx ON guests (family_name);
                    """,
                others: ["drop-column-loses-data", "index-without-concurrently"],
                """
                DROP INDEX guests_name_idx;
                ALTER TABLE guests ADD COLUMN phone text;
                """,
                down: """
                    ALTER TABLE guests DROP COLUMN phone;
                    CREATE INDEX guests_name_idx ON guests (family_name);
                    """),
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
        fix: Remedy(
            "Drops the index concurrently, and builds it concurrently in the down section: in the same file, where that does nothing else, or in a migration of its own behind it."
        ) { (subject, _) throws(FixRefusal) in
            guard let names = subject.tree?.droppedNames, let name = names.first, names.count == 1
            else { throw FixRefusal("it drops several: write a statement for each") }
            if subject.tree?.has("behavior", "DROP_CASCADE") == true {
                throw FixRefusal("CASCADE and CONCURRENTLY exclude each other")
            }
            guard let index = subject.before.indexes[name] else {
                throw FixRefusal("no migration here makes \(name), so that its table is not known")
            }
            try subject.requirePlain(index.table, "its index cannot be dropped concurrently")
            let partner = subject.undoing {
                $0.is("IndexStmt") && $0.text("idxname") == name.name
            }
            if subject.direction == .up, subject.migration.down != nil, partner == nil {
                throw FixRefusal("its down section does not build \(name) again")
            }
            try subject.requireUnnamedInDown(name.name, except: partner?.part)
            var fix = Fix(
                part: subject.part,
                change: .outside([try subject.text(with: "CONCURRENTLY", behind: "INDEX")]),
                partner: partner?.part)
            if let partner {
                let source = subject.migration.source
                let range = partner.part.range
                fix.undo = [
                    partner.tree.flag("concurrent")
                        ? source.text(range)
                        : try source.text(of: range, with: "CONCURRENTLY", behind: "INDEX")
                ]
            }
            fix.stake = Stake(
                table: index.table, names: [name.name], isReliedUpon: index.isUnique,
                restrictsRows: index.isUnique, columns: partner?.part.range)
            return fix
        },
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
