import ApusCore

extension Rule {
    static let rebuildLosesObjects = Rule(
        "rebuild-loses-objects", .sqlite, level: .warning,
        summary:
            "A rebuild of a table does not make its indexes, triggers or AUTOINCREMENT again",
        page: Page(
            why: """
                SQLite changes the shape of a table by a rebuild: a new table, the rows copied, the old one dropped, the new one \
                renamed. Indexes and triggers go with the table that is dropped, and nothing says so: queries become slow, \
                a unique index no longer keeps duplicates out, and what a trigger did is no longer done. A table that was \
                `AUTOINCREMENT` and is not any more gives out the ids of deleted rows again.

                Names are compared, as far as the folder's statements tell. A run and a rehearsal look into the database itself.
                """,
            instead: """
                Make them again behind the rename, or drop what is not wanted by name, so that the file says it. \
                `apus sqlite rebuild TABLE` writes a rebuild with everything that the table has.
                """,
            references: [
                "https://www.sqlite.org/lang_altertable.html#otheralter",
                "https://www.sqlite.org/autoinc.html",
            ]),
        examples: [
            .bad(
                "an index and a trigger that go with the old table", on: .sqlite, line: 3,
                earlier: """
                    CREATE TABLE trips (id integer PRIMARY KEY, name text);
                    CREATE UNIQUE INDEX trips_name ON trips (name);
                    CREATE TRIGGER trips_kept BEFORE DELETE ON trips BEGIN SELECT RAISE(ABORT, 'kept'); END;
                    """,
                """
                CREATE TABLE trips_new (id integer PRIMARY KEY, name text NOT NULL);
                INSERT INTO trips_new SELECT id, name FROM trips;
                DROP TABLE trips;
                ALTER TABLE trips_new RENAME TO trips;
                """),
            .bad(
                "ids that may be given out again", on: .sqlite, line: 4,
                earlier: "CREATE TABLE trips (id integer PRIMARY KEY AUTOINCREMENT, name text);",
                others: ["drop-table-loses-data", "rename-breaks-application"],
                """
                ALTER TABLE trips RENAME TO trips_old;
                CREATE TABLE trips (id integer PRIMARY KEY, name text NOT NULL);
                INSERT INTO trips SELECT id, name FROM trips_old;
                DROP TABLE trips_old;
                """),
            .good(
                "what is wanted is made again, and what is not is dropped by name", on: .sqlite,
                earlier: """
                    CREATE TABLE trips (id integer PRIMARY KEY AUTOINCREMENT, name text);
                    CREATE INDEX trips_name ON trips (name);
                    CREATE TRIGGER trips_kept BEFORE DELETE ON trips BEGIN SELECT RAISE(ABORT, 'kept'); END;
                    """,
                """
                DROP TRIGGER trips_kept;
                CREATE TABLE trips_new (id integer PRIMARY KEY AUTOINCREMENT, name text NOT NULL);
                INSERT INTO trips_new SELECT id, name FROM trips;
                DROP TABLE trips;
                ALTER TABLE trips_new RENAME TO trips;
                CREATE INDEX trips_name ON trips (name);
                """),
        ],
        check: .migration { subject in
            var found = subject.losses(in: subject.up, .up, subject.before, subject.afterUp)
            if let after = subject.afterDown {
                found += subject.losses(in: subject.down, .down, subject.afterUp, after)
            }
            return found
        })
}

extension MigrationSubject {
    /// What each table that a section makes anew had before, and has not behind it.
    fileprivate func losses(
        in section: [SectionStatement], _ direction: Direction, _ before: KnownSchema,
        _ after: KnownSchema
    ) -> [Violation] {
        let definitions = section.map { SQLiteDefinition($0.statement, in: migration.source) }
        return before.tables.keys.sorted().compactMap { name in
            guard let old = before.tables[name], let new = after.tables[name],
                new.birth != old.birth,
                let drop = definitions.lastIndex(of: .dropTable(name.name))
                    ?? definitions.lastIndex(where: \.dropsTable)
            else { return nil }
            let indexes = before.indexes.filter {
                $0.value.table == name && after.indexes[$0.key] == nil
                    && !definitions.contains(.dropIndex($0.key.name))
            }
            let triggers = old.triggers.filter { trigger in
                !after.tables.values.contains { $0.triggers.contains(trigger) }
                    && !definitions.contains(.dropTrigger(trigger))
            }
            var lost = indexes.map(\.key).sorted().map { "the index \($0)" }
            lost += triggers.sorted().map { "the trigger \($0)" }
            if old.isAutoincrement, !new.isAutoincrement { lost.append("AUTOINCREMENT") }
            guard !lost.isEmpty else { return nil }
            return violation(
                "\(name) is made anew without \(lost.joined(separator: ", "))", direction,
                section[drop],
                help: [
                    "make it again behind this, or drop it by name",
                    "or have the rebuild written: apus sqlite rebuild \(name)",
                ])
        }
    }
}

extension SQLiteDefinition {
    fileprivate var dropsTable: Bool {
        if case .dropTable = self { true } else { false }
    }
}
