import ApusCore

extension Rule {
    static let tableRewriteByCommand = Rule(
        "table-rewrite-by-command", .postgres, level: .error,
        summary: "VACUUM FULL, CLUSTER and some settings write the whole table anew",
        page: Page(
            why: """
                `VACUUM FULL`, `CLUSTER`, `SET LOGGED`, `SET UNLOGGED`, `SET TABLESPACE` and `SET ACCESS METHOD` write every row to \
                another file under ACCESS EXCLUSIVE: reads and writes wait, and the space of a second table is needed meanwhile.
                """,
            instead: """
                A plain `VACUUM` makes the space usable again without stopping anybody. To make a file smaller, copy in \
                batches to a new table, or choose a time when nobody needs the table and say so in an allowance.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-vacuum.html",
                "https://www.postgresql.org/docs/current/sql-cluster.html",
                "https://www.postgresql.org/docs/current/sql-altertable.html",
            ]),
        examples: [
            .bad(
                "a table is packed", earlier: "CREATE TABLE guests (id bigint);",
                outsideTransaction: true, "VACUUM FULL guests;"),
            .bad(
                "a table is sorted", earlier: "CREATE TABLE guests (id bigint PRIMARY KEY);",
                "CLUSTER guests USING guests_pkey;"),
            .bad(
                "a table leaves the log", line: 2, earlier: "CREATE TABLE guests (id bigint);",
                """
                ALTER TABLE guests
                    SET UNLOGGED;
                """),
            .good(
                "space is made usable again", earlier: "CREATE TABLE guests (id bigint);",
                outsideTransaction: true, "VACUUM guests;"),
        ],
        check: .statement { subject in
            if let alter = subject.alterTable {
                return alter.actions.compactMap { action in
                    guard
                        [
                            "AT_SetLogged", "AT_SetUnLogged", "AT_SetTableSpace",
                            "AT_SetAccessMethod",
                        ].contains(action.kind)
                    else { return nil }
                    return objection(to: alter.table, action.range, subject)
                }
            }
            guard let tree = subject.tree else { return [] }
            if tree.is("ClusterStmt") {
                return [
                    objection(
                        to: tree["relation"]?.relationName, subject.statement.range, subject)
                ].compactMap(\.self)
            }
            guard tree.is("VacuumStmt"), tree.flag("is_vacuumcmd"),
                tree.list("options").contains(where: {
                    $0.text("defname") == "full" && $0.isSwitchedOn
                })
            else { return [] }
            let tables = tree.list("rels").compactMap { $0["relation"]?.relationName }
            if tables.isEmpty {
                return [objection(to: nil, subject.statement.range, subject)].compactMap(\.self)
            }
            return tables.compactMap { objection(to: $0, subject.statement.range, subject) }
        })

    private static func objection(
        to table: ObjectName?, _ range: Range<Int>, _ subject: StatementSubject
    ) -> Violation? {
        if let table, subject.isNew(table) { return nil }
        let violation = subject.violation(
            "reads and writes of \(table?.description ?? "each table") wait while it is written anew",
            in: range,
            help: [
                "choose a time when nobody needs it, and say so: -- apus: allow table-rewrite-by-command REASON"
            ])
        return table.map { violation.growing(with: $0) } ?? violation
    }
}
