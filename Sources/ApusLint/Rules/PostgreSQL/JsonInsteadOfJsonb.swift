import ApusCore

extension Rule {
    static let jsonInsteadOfJsonb = Rule(
        "json-instead-of-jsonb", .postgres, level: .warning,
        summary: "A column of type json cannot be compared",
        page: Page(
            why: """
                `json` has no equality: `SELECT DISTINCT`, `GROUP BY` and `UNION` over a row with such a column fail, also in queries \
                of an application that ran before the column was there. It is parsed again at each use and has no index of its keys.
                """,
            instead: """
                `jsonb`. Only where the text must come back with its spaces and double keys is `json` right. `apus lint --fix` leaves that to people: \
                the schema would be another one.
                """,
            references: ["https://www.postgresql.org/docs/current/datatype-json.html"]),
        examples: [
            .bad(
                "a new column", line: 2, earlier: "CREATE TABLE guests (id bigint);",
                """
                ALTER TABLE guests
                    ADD COLUMN wishes json;
                """),
            .good(
                "the type that can be compared", earlier: "CREATE TABLE guests (id bigint);",
                "ALTER TABLE guests ADD COLUMN wishes jsonb;"),
        ],
        check: .statement { subject in
            subject.definedColumns.compactMap { column in
                guard column.type?.name == ObjectName("json") else { return nil }
                return subject.violation(
                    "queries with DISTINCT, GROUP BY or UNION over \(column.name) fail: json cannot be compared",
                    at: column.typeName, help: ["make it jsonb"])
            }
        })
}
