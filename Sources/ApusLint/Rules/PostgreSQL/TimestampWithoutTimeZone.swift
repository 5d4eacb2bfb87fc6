import ApusCore

extension Rule {
    static let timestampWithoutTimeZone = Rule(
        "timestamp-without-time-zone", .postgres, level: .notice,
        summary: "A timestamp without a time zone does not say which moment it means",
        page: Page(
            why: """
                `timestamp` keeps what a clock showed, not where. `now()` is written into it as the session's time zone has it, so that \
                two applications with different settings write different moments, and the hour between summer and winter time \
                comes twice. To change the type later writes the whole table anew.
                """,
            instead: """
                `timestamptz` for moments: it takes the same space. For what a clock on the wall shows (opening hours), \
                `timestamp` is right: say so in an allowance. `apus lint --fix` leaves that to people: the schema would be \
                another one.
                """,
            references: ["https://www.postgresql.org/docs/current/datatype-datetime.html"]),
        examples: [
            .bad("a moment", "CREATE TABLE guests (id bigint, created_at timestamp);"),
            .good(
                "a moment with its zone", "CREATE TABLE guests (id bigint, created_at timestamptz);"
            ),
        ],
        check: .statement { subject in
            subject.definedColumns.compactMap { column in
                guard column.type?.name == ObjectName("timestamp") else { return nil }
                return subject.violation(
                    "\(column.name) does not say in which time zone its clock stood",
                    at: column.typeName, help: ["make it timestamptz"])
            }
        })
}
