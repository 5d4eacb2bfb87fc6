import ApusCore

extension Rule {
    static let domainConstraintReadsTables = Rule(
        "domain-constraint-reads-tables", .postgres, level: .error,
        summary: "A domain's new constraint reads every table with a column of that domain",
        page: Page(
            why: """
                `ALTER DOMAIN … ADD CHECK` and `SET NOT NULL` look at each value of each column of that domain, in all tables, under \
                SHARE, so that their writes wait.
                """,
            instead: """
                Add it `NOT VALID`, which looks at no row, and `ALTER DOMAIN … VALIDATE CONSTRAINT` in the next migration. \
                Better still, put the check on the tables.
                """,
            references: ["https://www.postgresql.org/docs/current/sql-alterdomain.html"]),
        examples: [
            .bad(
                "a check", earlier: "CREATE DOMAIN phone AS text;",
                "ALTER DOMAIN phone ADD CONSTRAINT phone_check CHECK (value <> '');"),
            .bad(
                "no NULL any more", earlier: "CREATE DOMAIN phone AS text;",
                "ALTER DOMAIN phone SET NOT NULL;"),
            .good(
                "not validated yet", earlier: "CREATE DOMAIN phone AS text;",
                "ALTER DOMAIN phone ADD CONSTRAINT phone_check CHECK (value <> '') NOT VALID;"),
        ],
        check: .statement { subject in
            guard let alter = subject.tree, alter.is("AlterDomainStmt"),
                let name = ObjectName(parts: alter.names("typeName"))
            else { return [] }
            let kind = alter.text("subtype")
            guard kind == "O" || kind == "C" && alter["def"]?.flag("skip_validation") != true
            else { return [] }
            return [
                subject.violation(
                    "writes to every table with a column of \(name) wait while its values are looked at",
                    help: [
                        "add a check NOT VALID, and ALTER DOMAIN … VALIDATE CONSTRAINT in the next migration"
                    ])
            ]
        })
}
