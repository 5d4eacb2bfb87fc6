import ApusCore

extension Rule {
    static let dropTableLosesData = Rule(
        "drop-table-loses-data", .postgres, .sqlite, level: .error,
        summary: "DROP TABLE loses the rows, and no rollback brings them back",
        page: Page(
            why: """
                The rows are gone when the transaction ends; the down section can make the table again, but not its rows: only \
                a backup has them. The application version that still runs fails at its next query. `DROP TABLE` takes \
                ACCESS EXCLUSIVE, and `CASCADE` takes along views and foreign keys that nobody named.

                In a down section, dropping what the up section made is what undoing means: a notice, because whatever was \
                written since goes with it.
                """,
            instead: """
                First release a version of the application that no longer uses the table. Then rename it, wait, and drop it \
                later, with an allowance that says why nobody misses the rows.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-droptable.html",
                "https://www.sqlite.org/lang_droptable.html",
            ]),
        examples: [
            .bad(
                "a table in use", earlier: "CREATE TABLE guests (id bigint);", "DROP TABLE guests;"
            ),
            .bad(
                "with whatever depends on it", earlier: "CREATE TABLE guests (id bigint);",
                others: ["drop-cascade"],
                "DROP TABLE IF EXISTS guests CASCADE;"),
            .bad(
                "undone by dropping what it made, with the rows written since",
                up: "CREATE TABLE guests (id bigint);", down: "DROP TABLE guests;"),
            .bad(
                "a rebuild that copies no rows", on: .sqlite, line: 2,
                earlier: "CREATE TABLE guests (id integer);",
                """
                CREATE TABLE guests_new (id integer PRIMARY KEY);
                DROP TABLE guests;
                ALTER TABLE guests_new RENAME TO guests;
                """),
            .good(
                "a table that the same section made",
                """
                CREATE TABLE guests_new (id bigint);
                DROP TABLE guests_new;
                """),
            .good(
                "rebuilt with another shape", on: .sqlite,
                earlier: "CREATE TABLE guests (id integer);",
                """
                CREATE TABLE guests_new (id integer PRIMARY KEY);
                INSERT INTO guests_new SELECT id FROM guests;
                DROP TABLE guests;
                ALTER TABLE guests_new RENAME TO guests;
                """),
            .good(
                "with a reason", earlier: "CREATE TABLE guests (id bigint);",
                """

                -- apus: allow drop-table-loses-data replaced by trips in 1.2.0, and copied there
                DROP TABLE guests;
                """),
        ],
        check: .statement { subject in
            if let tree = subject.tree, tree.is("DropOwnedStmt") {
                return [subject.lossOfAll(ownedBy: tree.list("roles"))]
            }
            return droppedTables(subject).compactMap { table in
                guard !subject.isNew(table) else { return nil }
                if let replacement = subject.replacement(of: table) {
                    return subject.copiesRows(of: table)
                        ? nil : subject.loss(of: table, to: replacement)
                }
                let birth = subject.before.tables[table]?.birth
                if subject.isUndoing(birth) || subject.direction == .down && birth == nil {
                    return subject.violation(
                        "undoing this loses the rows of \(table)",
                        help: ["have a backup when it is undone: apus backup"]
                    ).asNotice
                }
                return subject.violation(
                    "the rows of \(table) are lost",
                    help: [
                        "drop it when no application uses it any more, and say why its rows are not missed: -- apus: allow drop-table-loses-data REASON"
                    ])
            }
        })

    private static func droppedTables(_ subject: StatementSubject) -> [ObjectName] {
        if case .dropTable(let name) = subject.sqliteDefinition { return [ObjectName(name)] }
        guard let drop = subject.tree, drop.is("DropStmt"), drop.has("removeType", "OBJECT_TABLE")
        else { return [] }
        return drop.droppedNames
    }
}

extension StatementSubject {
    /// `DROP OWNED BY` names no table, and may take any.
    fileprivate func lossOfAll(ownedBy roles: [SyntaxNode]) -> Violation {
        let names = roles.map { $0.text("rolename") ?? "the role that runs this" }
        return violation(
            "the rows of every table here that belongs to \(names.joined(separator: ", ")) are lost",
            help: [
                "first give away what is to stay: REASSIGN OWNED BY … TO …",
                "and say why nothing else is missed: -- apus: allow drop-table-loses-data REASON",
            ])
    }

    fileprivate func loss(of table: ObjectName, to replacement: ObjectName) -> Violation {
        violation(
            "the rows of \(table) are lost: nothing copies them into \(replacement), which takes its place",
            help: [
                "copy them before: INSERT INTO \(replacement) SELECT … FROM \(table)",
                "or have the rebuild written: apus sqlite rebuild \(table)",
            ])
    }
}
