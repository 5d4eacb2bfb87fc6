import ApusCore
import ApusEngine
import ApusSQLite
import GRDB
import Testing

struct SchemaReadingTests {
    private static let wide = """
        PRAGMA application_id = 77;
        PRAGMA user_version = 3;
        CREATE TABLE houses (
            id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
            name TEXT NOT NULL COLLATE NOCASE UNIQUE,
            price NUMERIC(10, 2) DEFAULT (1 + 2) CHECK (price > 0),
            note TEXT DEFAULT 'a, b' CONSTRAINT short CHECK (length(note) < 10),
            total INTEGER GENERATED ALWAYS AS (price * 2) STORED,
            shown AS (name || '!')
        );
        CREATE TABLE "odd table" ("first name" TEXT, "order" INTEGER, PRIMARY KEY ("first name", "order")) WITHOUT ROWID;
        CREATE TABLE guests (
            id INTEGER PRIMARY KEY ASC,
            house INTEGER REFERENCES houses (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
            again INTEGER DEFAULT NULL,
            stay TEXT, until TEXT,
            CONSTRAINT in_order CHECK (stay < until),
            CHECK (stay <> ''),
            FOREIGN KEY (again) REFERENCES houses
        ) STRICT;
        CREATE INDEX guests_stay ON guests (stay DESC, lower(until)) WHERE stay IS NOT NULL;
        CREATE VIEW stays AS SELECT stay, until FROM guests;
        CREATE TRIGGER guests_touch AFTER INSERT ON guests BEGIN UPDATE houses SET note = ';'; END;
        CREATE VIRTUAL TABLE words USING fts5(text);
        """

    private func schema(_ database: TemporaryDatabase) async throws -> SchemaSnapshot {
        let session = try await database.driver.openSession()
        let schema = try await session.schema()
        await session.close()
        return schema
    }

    private func made(_ sql: String = wide) throws -> TemporaryDatabase {
        let database = try TemporaryDatabase()
        try database.access { try $0.execute(sql: sql) }
        return database
    }

    @Test func `everything of sqlite_schema is told, with what its text says`() async throws {
        let objects = try await schema(made()).objects
        func attributes(_ kind: SchemaObject.Kind, _ name: String) -> [String: String] {
            let found = objects.first { $0.kind == kind && $0.name == name }
            return Dictionary(
                uniqueKeysWithValues: found?.attributes.map { ($0.name, $0.text) } ?? [])
        }
        #expect(
            objects.filter { $0.kind != .column }.map { "\($0.kind.rawValue) \($0.name)" } == [
                "table \"odd table\"",
                "constraint \"odd table\": PRIMARY KEY (\"first name\", order)",
                "pragma application_id", "pragma auto_vacuum", "pragma encoding", "table guests",
                "trigger guests.guests_touch", "constraint guests.in_order",
                "constraint guests: CHECK (stay <> '')",
                "constraint guests: FOREIGN KEY (again) REFERENCES houses", "index guests_stay",
                "table houses", "view stays", "pragma user_version", "table words",
            ])
        #expect(attributes(.pragma, "application_id") == ["value": "77"])
        #expect(attributes(.pragma, "user_version") == ["value": "3"])
        #expect(attributes(.table, "guests") == ["options": "STRICT"])
        #expect(attributes(.table, "\"odd table\"") == ["options": "WITHOUT ROWID"])
        #expect(
            attributes(.column, "houses.id") == [
                "position": "1", "type": "INTEGER", "nullable": "yes", "primary-key": "1",
                "clauses": "PRIMARY KEY AUTOINCREMENT",
            ])
        #expect(
            attributes(.column, "houses.name") == [
                "position": "2", "type": "TEXT", "nullable": "no",
                "clauses": "COLLATE NOCASE UNIQUE",
            ])
        #expect(
            attributes(.column, "houses.price") == [
                "position": "3", "type": "NUMERIC (10, 2)", "nullable": "yes", "default": "1 + 2",
                "clauses": "CHECK (price > 0)",
            ])
        #expect(
            attributes(.column, "houses.note") == [
                "position": "4", "type": "TEXT", "nullable": "yes", "default": "'a, b'",
                "clauses": "CONSTRAINT short CHECK (length (note) < 10)",
            ])
        #expect(attributes(.column, "houses.total")["hidden"] == "stored")
        #expect(
            attributes(.column, "houses.total")["clauses"]
                == "GENERATED ALWAYS AS (price * 2) STORED")
        #expect(attributes(.column, "houses.shown")["clauses"] == "AS (name || '!')")
        #expect(
            attributes(.column, "guests.house")["clauses"]
                == "REFERENCES houses (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED")
        #expect(attributes(.column, "guests.id")["clauses"] == nil)
        #expect(attributes(.column, "guests.again")["clauses"] == nil)
        #expect(attributes(.constraint, "guests.in_order")["definition"] == "CHECK (stay < until)")
        #expect(
            attributes(.index, "guests_stay") == [
                "table": "guests",
                "definition":
                    "CREATE INDEX guests_stay ON guests (stay DESC, lower (until)) WHERE stay IS NOT NULL",
            ])
        #expect(
            attributes(.table, "words")["definition"]
                == "CREATE VIRTUAL TABLE words USING fts5 (text)")
        #expect(
            attributes(.trigger, "guests.guests_touch")["definition"]
                == "CREATE TRIGGER guests_touch AFTER INSERT ON guests BEGIN UPDATE houses SET note = ';'; END"
        )
    }

    @Test(
        arguments: [
            ("CREATE TABLE more (a, b)", ["+ table more (2 columns)"]),
            (
                "DROP TABLE guests",
                [
                    "- table guests (5 columns, 3 constraints, 1 index, 1 trigger)"
                ]
            ),
            ("ALTER TABLE houses ADD COLUMN extra TEXT", ["+ column houses.extra: TEXT"]),
            ("ALTER TABLE guests RENAME COLUMN until TO 'till'", nil),
            (
                "CREATE INDEX houses_name ON houses (name)",
                ["+ index houses_name: CREATE INDEX houses_name ON houses (name)"]
            ),
            (
                "DROP INDEX guests_stay",
                [
                    "- index guests_stay: CREATE INDEX guests_stay ON guests (stay DESC, lower (until)) WHERE stay IS NOT NULL"
                ]
            ),
            (
                "DROP VIEW stays; CREATE VIEW stays AS SELECT stay FROM guests",
                [
                    "~ view stays: definition CREATE VIEW stays AS SELECT stay, until FROM guests -> CREATE VIEW stays AS SELECT stay FROM guests"
                ]
            ),
            (
                "DROP TRIGGER guests_touch",
                [
                    "- trigger guests.guests_touch: CREATE TRIGGER guests_touch AFTER INSERT ON guests BEGIN UPDATE houses SET note = ';'; END"
                ]
            ),
            ("DROP TABLE words", ["- table words (3 columns)"]),
            ("PRAGMA user_version = 4", ["~ pragma user_version: value 3 -> 4"]),
            ("PRAGMA application_id = 78", ["~ pragma application_id: value 77 -> 78"]),
            // The file's own text, as a rebuild or a careless hand changes it.
            (
                rewritten("houses", "price > 0", "price > 1"),
                ["~ column houses.price: clauses CHECK (price > 0) -> CHECK (price > 1)"]
            ),
            (rewritten("houses", "'a, b'", "'c'"), ["~ column houses.note: default 'a, b' -> 'c'"]),
            (rewritten("houses", "NOT NULL", ""), ["~ column houses.name: nullable no -> yes"]),
            (
                rewritten("houses", " AUTOINCREMENT", ""),
                ["~ column houses.id: clauses PRIMARY KEY AUTOINCREMENT -> (none)"]
            ),
            (
                rewritten("houses", "COLLATE NOCASE", ""),
                ["~ column houses.name: clauses COLLATE NOCASE UNIQUE -> UNIQUE"]
            ),
            (
                rewritten("guests", "SET NULL", "CASCADE"),
                [
                    "~ column guests.house: clauses REFERENCES houses (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED -> REFERENCES houses (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
                ]
            ),
            (
                rewritten("guests", "stay < until", "stay <= until"),
                [
                    "~ constraint guests.in_order: definition CHECK (stay < until) -> CHECK (stay <= until)"
                ]
            ),
            (rewritten("guests", "STRICT", ""), ["~ table guests: options STRICT -> (none)"]),
            (
                rewritten("guests", "CHECK (stay <> ''''),", ""),
                ["- constraint guests: CHECK (stay <> '')"]
            ),
            // What is not the schema
            (
                "INSERT INTO houses (name) VALUES ('x'); ANALYZE; PRAGMA journal_mode = WAL; VACUUM",
                []
            ),
            (rewritten("houses", "-- the key", "/* another */  "), []),
            ("ALTER TABLE houses RENAME TO homes; ALTER TABLE homes RENAME TO houses", []),
            ("ALTER TABLE houses ADD COLUMN extra; ALTER TABLE houses DROP COLUMN extra", []),
        ] as [(String, [String]?)])
    func `what is changed by hand is named, and nothing else`(
        sql: String, expected: [String]?
    ) async throws {
        let database = try made()
        let before = try await schema(database)
        try database.access { try $0.execute(sql: sql) }
        let lines = SchemaDifference.between(before, try await schema(database)).lines
        if let expected {
            #expect(lines == expected)
        } else {
            #expect(lines.contains { $0.hasPrefix("+ column guests.till") }, "\(lines)")
        }
    }

    /// SQL that changes the text of a table's definition.
    private static func rewritten(_ table: String, _ old: String, _ new: String) -> String {
        """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, '\(old == "CHECK (stay <> ''''),"
            ? old : old.replacing("'", with: "''"))', '\(new.replacing("'", with: "''"))') WHERE name = '\(table)';
        PRAGMA writable_schema = RESET;
        """
    }

    @Test func `a copy by the backup has an equal schema`() async throws {
        let database = try made()
        try database.access { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
        let copy = try TemporaryDatabase()
        try database.access { try $0.execute(sql: "VACUUM INTO '\(copy.path)'") }
        #expect(
            SchemaDifference.between(try await schema(database), try await schema(copy)).lines == []
        )
    }

    @Test func `a rebuilt table is the table that it was`() async throws {
        let database = try made(
            "CREATE TABLE guests (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT \"x\"); CREATE INDEX i ON guests (name);"
        )
        let before = try await schema(database)
        try database.access {
            try $0.execute(
                sql: """
                    CREATE TABLE new_guests (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT "x");
                    INSERT INTO new_guests SELECT * FROM guests;
                    DROP TABLE guests;
                    ALTER TABLE new_guests RENAME TO guests;
                    CREATE INDEX i ON guests (name);
                    """)
        }
        #expect(SchemaDifference.between(before, try await schema(database)).lines == [])
    }

    @Test func `a database that does not exist has an empty schema, and is not made`() async throws
    {
        let database = try TemporaryDatabase()
        #expect(try await schema(database).objects.isEmpty)
        #expect(try database.files.isEmpty)
    }

    @Test func `Apus's own tables are left out under whatever prefix`() async throws {
        let database = try made()
        let before = try await schema(database)
        let driver = SQLiteDriver(path: database.path, registryPrefix: "own_")
        let session = try await driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(5)) { _ in }
        try await session.prepareRegistry()
        #expect(try await session.schema().digest == before.digest)
        await session.close()
    }
}
