import ApusCore

extension Rule {
    static let charOfFixedLength = Rule(
        "char-of-fixed-length", .postgres, level: .notice,
        summary: "char(n) is filled up with spaces",
        page: Page(
            why: """
                `char(n)` fills shorter values with spaces, keeps these on disk, and ignores them when it compares, but not in \
                `LIKE` and patterns. It is no faster than `text`, and to change its length writes the whole table anew.
                """,
            instead: """
                `text`, with a check where the length matters, or `varchar(n)`. `apus lint --fix` leaves that to people: \
                the schema would be another one.
                """,
            references: ["https://www.postgresql.org/docs/current/datatype-character.html"]),
        examples: [
            .bad("a short code", "CREATE TABLE guests (id bigint, country char(2));"),
            .good(
                "a text with a check",
                "CREATE TABLE guests (id bigint, country text CHECK (length(country) = 2));"),
        ],
        check: .statement { subject in
            subject.definedColumns.compactMap { column in
                guard column.type?.name == ObjectName("bpchar") else { return nil }
                return subject.violation(
                    "shorter values of \(column.name) are filled up with spaces",
                    at: column.typeName, help: ["make it text, with a check of its length"])
            }
        })
}
