import ApusCore

extension Rule {
    static let dropTableWithForeignKeysOn = Rule(
        "drop-table-with-foreign-keys-on", .sqlite, level: .error,
        summary: "DROP TABLE with foreign keys on deletes the rows that refer to the table",
        page: Page(
            why: """
                With `PRAGMA foreign_keys = ON`, `DROP TABLE` first deletes all rows of the table, and whatever refers to them \
                `ON DELETE CASCADE` goes with them, or is set to NULL. In a rebuild (a new table, the rows copied, the old one \
                dropped, the new one renamed) that empties the children of a table that was only to change its shape. \
                SQLite ignores the pragma inside a transaction, so that it cannot be switched off halfway. Apus honours it where \
                it begins the section, or anywhere in one without a transaction; a run then tells how many rows went.
                """,
            instead: """
                Leave the pragma out: Apus runs a migration with foreign keys off, and with the setting `foreign_keys` it \
                checks them before the transaction ends.
                """,
            references: [
                "https://www.sqlite.org/foreignkeys.html#fk_schemacommands",
                "https://www.sqlite.org/lang_altertable.html#otheralter",
            ]),
        examples: [
            .bad(
                "a rebuild that empties the table's children", on: .sqlite, line: 4,
                earlier: """
                    CREATE TABLE trips (id integer PRIMARY KEY);
                    CREATE TABLE guests (trip_id integer REFERENCES trips (id) ON DELETE CASCADE);
                    """,
                """
                PRAGMA foreign_keys = ON;
                CREATE TABLE trips_new (id integer PRIMARY KEY, name text);
                INSERT INTO trips_new (id) SELECT id FROM trips;
                DROP TABLE trips;
                ALTER TABLE trips_new RENAME TO trips;
                """),
            .good(
                "a rebuild without the pragma", on: .sqlite,
                earlier: """
                    CREATE TABLE trips (id integer PRIMARY KEY);
                    CREATE TABLE guests (trip_id integer REFERENCES trips (id) ON DELETE CASCADE);
                    """,
                """
                CREATE TABLE trips_new (id integer PRIMARY KEY, name text);
                INSERT INTO trips_new (id) SELECT id FROM trips;
                DROP TABLE trips;
                ALTER TABLE trips_new RENAME TO trips;
                """),
        ],
        check: .statement { subject in
            guard case .dropTable(let name) = subject.sqliteDefinition,
                !subject.isNew(ObjectName(name)), subject.switchesForeignKeysOn
            else { return [] }
            return [
                subject.violation(
                    "foreign keys are on: the rows that refer to \(name) are deleted or changed as well",
                    help: ["take PRAGMA foreign_keys out of the section"])
            ]
        })
}

extension StatementSubject {
    /// Whether foreign keys are on here: in a transaction the section must begin so, outside of one the
    /// last pragma before the statement counts.
    fileprivate var switchesForeignKeysOn: Bool {
        var isOn = false
        var isBeginning = true
        script.forEachStatement(in: migration.source) { index, statement in
            guard index < self.index else { return }
            guard
                case .pragma(let name, let value) = SQLiteDefinition(
                    statement, in: migration.source)
            else {
                isBeginning = false
                return
            }
            if name == "foreign_keys", let value, isBeginning || !isInTransaction {
                isOn = ["on", "yes", "true", "1"].contains(value)
            }
        }
        return isOn
    }
}
