import ApusCore

extension Rule {
    static let dropDatabaseLosesData = Rule(
        "drop-database-loses-data", .postgres, level: .error,
        summary: "DROP DATABASE and DROP SCHEMA lose all that is in them",
        page: Page(
            why: """
                All tables of the database or schema are gone with their rows, and only a backup has them. `DROP DATABASE` is not even part \
                of a transaction.
                """,
            instead: """
                Leave databases to whoever runs the server. Drop the objects of a schema by name, then the schema without `CASCADE`: \
                the server refuses if something is left.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-dropdatabase.html",
                "https://www.postgresql.org/docs/current/sql-dropschema.html",
            ]),
        examples: [
            .bad(
                "another database", outsideTransaction: true,
                "DROP DATABASE IF EXISTS apus_no_such_database;"),
            .bad(
                "a schema with all that is in it", earlier: "CREATE SCHEMA old;",
                others: ["drop-breaks-application", "drop-cascade"], "DROP SCHEMA old CASCADE;"),
            .good(
                "a schema that is empty", earlier: "CREATE SCHEMA old;",
                """

                -- apus: allow drop-breaks-application nothing names it since 1.1.0
                DROP SCHEMA old;
                """),
        ],
        check: .statement { subject in
            guard let drop = subject.tree else { return [] }
            let name: String
            if drop.is("DropdbStmt") {
                name = "the database \(drop.text("dbname") ?? "")"
            } else if drop.is("DropStmt"), drop.has("removeType", "OBJECT_SCHEMA"),
                drop.has("behavior", "DROP_CASCADE")
            {
                let names = drop.list("objects").compactMap { $0.text("sval") }
                name = "the schema \(names.joined(separator: ", "))"
            } else {
                return []
            }
            let violation = subject.violation(
                "all tables of \(name) are lost with their rows",
                help: [
                    "drop what is in it by name, or say why it is not missed: -- apus: allow drop-database-loses-data REASON"
                ])
            return [subject.direction == .down ? violation.asNotice : violation]
        })
}
