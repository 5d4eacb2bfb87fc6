import ApusCore

extension Rule {
    static let foreignKeyWithoutIndex = Rule(
        "foreign-key-without-index", .postgres, level: .warning,
        summary: "No index begins with the columns of a foreign key",
        page: Page(
            why: """
                PostgreSQL makes no index for a foreign key. Whenever a row of the other table is deleted or its key changes, the \
                whole table with the foreign key is read for rows that refer to it; and joins along the key read it as well.

                An index that a later migration of the folder creates counts.
                """,
            instead: """
                Create an index whose first columns are those of the foreign key, in any order; concurrently, where the table is in \
                use.
                """,
            references: [
                "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK"
            ]),
        examples: [
            .bad(
                "a new table that refers to another one", line: 1,
                earlier: "CREATE TABLE trips (id bigint PRIMARY KEY);",
                "CREATE TABLE guests (id bigint, trip_id bigint REFERENCES trips (id));"),
            .bad(
                "the columns stand behind another one in the index",
                earlier: "CREATE TABLE trips (id bigint PRIMARY KEY);",
                """
                CREATE TABLE guests (id bigint, trip_id bigint REFERENCES trips (id));
                CREATE INDEX guests_idx ON guests (id, trip_id);
                """),
            .good(
                "with an index",
                earlier: "CREATE TABLE trips (id bigint PRIMARY KEY);",
                """
                CREATE TABLE guests (id bigint, trip_id bigint REFERENCES trips (id));
                CREATE INDEX guests_trip_id_idx ON guests (trip_id);
                """),
            .good(
                "the primary key begins with it",
                earlier: "CREATE TABLE trips (id bigint PRIMARY KEY);",
                """
                CREATE TABLE stays (
                    trip_id bigint REFERENCES trips (id),
                    night date,
                    PRIMARY KEY (trip_id, night)
                );
                """),
        ],
        check: .folder { subject in
            subject.foreignKeys.compactMap { table, key in
                guard !key.columns.isEmpty, !subject.after.hasIndex(of: table, for: key.columns)
                else { return nil }
                let columns = key.columns.joined(separator: ", ")
                let other = key.referenced?.description ?? "the other table"
                return subject.violation(
                    "no index of \(table) begins with \(columns): it is read as a whole for each row that is deleted in \(other)",
                    key.birth,
                    help: [
                        "create an index on \(table) (\(columns)), here or in a later migration"
                    ])
            }
        })
}

extension KnownSchema {
    /// Whether an index's first columns are these, in any order.
    fileprivate func hasIndex(of table: ObjectName, for columns: [String]) -> Bool {
        let wanted = Set(columns)
        let constraints = (tables[table]?.constraints ?? []).filter {
            $0.kind == .primaryKey || $0.kind == .unique
        }
        return
            (constraints.map(\.columns)
            + indexes.values.filter { $0.table == table }.map(\.columns))
            .contains { Set($0.prefix(wanted.count)) == wanted }
    }
}
