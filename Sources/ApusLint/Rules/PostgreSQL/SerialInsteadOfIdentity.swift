import ApusCore

extension Rule {
    static let serialInsteadOfIdentity = Rule(
        "serial-instead-of-identity", .postgres, level: .notice,
        summary: "A serial column has a sequence with rights and a default of its own",
        page: Page(
            why: """
                `serial` is a default that asks a sequence. Whoever may insert into the table needs a right on the sequence as well, \
                and a value that somebody writes by hand makes a later insert fail. An identity column has \
                neither trouble, and is the form of the SQL standard.
                """,
            instead: """
                `bigint GENERATED ALWAYS AS IDENTITY`, or `BY DEFAULT` where rows are copied with their numbers. `apus lint --fix` leaves that to people: \
                the schema would be another one.
                """,
            references: [
                "https://www.postgresql.org/docs/current/ddl-identity-columns.html",
                "https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL",
            ]),
        examples: [
            .bad("a serial key", "CREATE TABLE guests (id bigserial PRIMARY KEY);"),
            .good(
                "an identity",
                "CREATE TABLE guests (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"),
        ],
        check: .statement { subject in
            subject.definedColumns.compactMap { column in
                guard let type = column.type, type.isSerial else { return nil }
                return subject.violation(
                    "\(column.name) gets its numbers from a sequence that has rights of its own",
                    at: column.typeName, help: ["bigint GENERATED ALWAYS AS IDENTITY"])
            }
        })
}
