import ApusCore

extension Rule {
    static let primaryKeyTooSmall = Rule(
        "primary-key-too-small", .postgres, level: .warning,
        summary: "A primary key of type integer or smallint runs out of numbers",
        page: Page(
            why: """
                `integer` ends at 2147483647, `smallint` at 32767, and so do `serial` and `smallserial`. When the sequence gets \
                there, every insert fails, and to change the type then writes the whole table anew, and each table that refers \
                to it.
                """,
            instead: """
                `bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY`, and `bigint` wherever it is referred to. `apus lint --fix` leaves that to people: \
                the schema would be another one.
                """,
            references: [
                "https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT"
            ]),
        examples: [
            .bad("an integer", "CREATE TABLE guests (id integer PRIMARY KEY);"),
            .bad(
                "a constraint of its own line", line: 2,
                """
                CREATE TABLE guests (
                    id integer GENERATED ALWAYS AS IDENTITY,
                    CONSTRAINT guests_pkey PRIMARY KEY (id)
                );
                """),
            .bad(
                "a serial", others: ["serial-instead-of-identity"],
                "CREATE TABLE guests (id serial PRIMARY KEY);"),
            .good(
                "a bigint",
                "CREATE TABLE guests (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"
            ),
            .good(
                "a key of two columns, which no sequence counts",
                "CREATE TABLE stays (room integer, night date, PRIMARY KEY (room, night));"),
        ],
        check: .statement { subject in
            let keys =
                subject.tree?.list("tableElts").filter { $0.has("contype", "CONSTR_PRIMARY") }
                .map { $0.names("keys") } ?? []
            return subject.definedColumns.compactMap { column in
                guard let type = column.type, type.isSmallInteger,
                    keys.contains([column.name])
                        || column.constraints.contains(where: {
                            $0.has("contype", "CONSTR_PRIMARY")
                        })
                else { return nil }
                return subject.violation(
                    "\(column.name) runs out of numbers: \(type) ends at \(type.lastNumber)",
                    at: column.typeName, help: ["make it bigint"])
            }
        })
}

extension ColumnType {
    fileprivate var isSmallInteger: Bool {
        name.schema == nil && !isArray
            && ["int4", "int2", "serial", "serial4", "smallserial", "serial2"].contains(name.name)
    }

    fileprivate var lastNumber: Int {
        ["int2", "smallserial", "serial2"].contains(name.name)
            ? Int(Int16.max) : Int(Int32.max)
    }
}
