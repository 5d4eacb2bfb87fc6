import ApusCore
import ApusEngine
import GRDB
import Testing

@testable import ApusSQLite

@Suite struct `A table rebuild (F79, F80)` {
    /// A table with all that a rebuild could lose, and others that refer to it.
    private static let schema = """
        CREATE TABLE houses (id INTEGER PRIMARY KEY, name TEXT);
        INSERT INTO houses VALUES (1, 'Sea'), (2, 'Hill');
        CREATE TABLE trips (
            id INTEGER PRIMARY KEY AUTOINCREMENT, -- given out once
            house_id INTEGER REFERENCES houses (id),
            "from" TEXT, nights INTEGER, note TEXT,
            label TEXT GENERATED ALWAYS AS ("from" || '/' || nights) VIRTUAL,
            parent INTEGER REFERENCES trips (id)
        );
        INSERT INTO trips (id, house_id, "from", nights, note, parent)
            VALUES (1, 1, '2025-01-01', 3, 'a', NULL), (2, 2, '2025-02-01', 4, 'b', 1), (90, 1, NULL, 1, 'c', NULL);
        DELETE FROM trips WHERE id = 90;
        CREATE TABLE guests (trip_id INTEGER REFERENCES trips (id) ON DELETE CASCADE, name TEXT);
        INSERT INTO guests VALUES (1, 'Ana'), (2, 'Bor');
        CREATE TABLE log (entry TEXT);
        CREATE UNIQUE INDEX trips_from ON trips ("from", house_id) WHERE nights > 0;
        CREATE INDEX trips_note ON trips (note) -- asked for often
        ;
        CREATE TRIGGER trips_logged AFTER UPDATE OF nights ON trips
            BEGIN INSERT INTO log VALUES ('trip ' || NEW.id); END;
        CREATE TRIGGER guests_checked AFTER INSERT ON guests
            BEGIN SELECT RAISE(ABORT, 'no trip') WHERE NOT EXISTS (SELECT 1 FROM trips WHERE id = NEW.trip_id); END;
        CREATE VIEW stays AS SELECT t.id, t.note, g.name FROM trips t JOIN guests g ON g.trip_id = t.id;
        """

    private static let stricter = """
        create table if not exists main."trips" (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            house_id INTEGER NOT NULL REFERENCES houses (id),
            "from" TEXT, nights INTEGER NOT NULL DEFAULT 1 CHECK (nights > 0), note TEXT,
            label TEXT GENERATED ALWAYS AS ("from" || '/' || nights) VIRTUAL,
            parent INTEGER REFERENCES trips (id)
        );
        """

    private func database() async throws -> TemporaryDatabase {
        let database = try TemporaryDatabase()
        try database.access { try $0.execute(sql: Self.schema) }
        return database
    }

    private func rows(_ database: TemporaryDatabase, _ sql: String) throws -> [String] {
        try database.access { database in
            try Row.fetchAll(database, sql: sql).map {
                $0.map { "\($0.1)" }.joined(separator: "|")
            }
        }
    }

    /// Applies the rebuild's sections as a migration and takes it back.
    private func migrate(
        _ database: TemporaryDatabase, _ rebuild: TableRebuild, between: () throws -> Void
    ) async throws {
        let migration = try database.migration(
            "9.0.0", rebuild.up, down: try #require(rebuild.down))
        let up = try await database.apply([migration])
        #expect(up.map(\.failure?.error.message) == [nil])
        #expect(up.flatMap(\.notices) == [])
        try between()
        let down = try await database.apply([migration], .down)
        #expect(down.map(\.failure?.error.message) == [nil])
        #expect(down.flatMap(\.notices) == [])
    }

    @Test
    func `gives the definition, and keeps the rows, what stands on the table, and the highest id`()
        async throws
    {
        let database = try await database()
        let before = try await database.driver.openSession().schema()
        let rebuild = try await database.driver.rebuild(of: "TRIPS", as: Self.stricter)
        #expect(rebuild.lostColumns == [] && rebuild.lostObjects == [] && rebuild.broken == [])
        let told = """
            SELECT t.id, house_id, "from", nights, note, label, parent FROM trips t ORDER BY id
            """
        let trips = try rows(database, told)
        try await migrate(database, rebuild) {
            #expect(try rows(database, told) == trips)
            #expect(try rows(database, "SELECT * FROM guests").count == 2)
            #expect(try rows(database, "SELECT * FROM stays").count == 2)
            let mark = "SELECT seq FROM sqlite_sequence WHERE name = 'trips'"
            #expect(try database.value(mark) == "90")
            let nullable = """
                SELECT "notnull" FROM pragma_table_info('trips') WHERE name = 'house_id'
                """
            #expect(try database.value(nullable) == "1")
            let standing = """
                SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema
                WHERE tbl_name = 'trips' AND type <> 'table' ORDER BY name)
                """
            #expect(try database.value(standing) == "trips_from,trips_logged,trips_note")
            try database.access { try $0.execute(sql: "UPDATE trips SET nights = 8 WHERE id = 1") }
            #expect(try database.value("SELECT entry FROM log") == "trip 1")
            try database.access { try $0.execute(sql: "UPDATE trips SET nights = 3 WHERE id = 1") }
        }
        #expect(try rows(database, told) == trips)
        #expect(try database.value("SELECT seq FROM sqlite_sequence WHERE name = 'trips'") == "90")
        let after = try await database.driver.openSession().schema()
        #expect(after.digest == before.digest)
    }

    @Test func `without a definition leaves everything as it was`() async throws {
        let database = try await database()
        let before = try await database.driver.openSession().schema()
        for table in ["houses", "trips", "guests", "log"] {
            let rebuild = try await database.driver.rebuild(of: table, as: nil)
            let content = try rows(database, "SELECT * FROM \(table)")
            #expect(
                try await database.apply([try database.migration("9.0.0", rebuild.up)])[0].failure
                    == nil)
            #expect(try rows(database, "SELECT * FROM \(table)") == content)
            try database.access { try $0.execute(sql: "DELETE FROM apus_migrations") }
        }
        #expect(try await database.driver.openSession().schema().digest == before.digest)
    }

    @Test func `says which columns, indexes and views the new definition has no place for`()
        async throws
    {
        let database = try await database()
        let rebuild = try await database.driver.rebuild(
            of: "trips",
            as: """
                CREATE TABLE trips (id INTEGER PRIMARY KEY AUTOINCREMENT,
                    house_id INTEGER, "from" TEXT, nights INTEGER)
                """)
        #expect(rebuild.lostColumns == ["note", "parent"])
        #expect(rebuild.lostObjects == ["index trips_note: no such column: note"])
        #expect(
            rebuild.broken == ["reads of the view stays no longer work: no such column: t.note"])
        #expect(rebuild.irreversibleReason == nil)
        #expect(rebuild.up.contains("-- Left out: index trips_note (no such column: note)"))
        #expect(rebuild.down?.contains("CREATE INDEX trips_note") == true)
    }

    @Test func `keeps the numbers of rows that no column shows`() async throws {
        let database = try TemporaryDatabase()
        try database.access {
            try $0.execute(
                sql: """
                    CREATE TABLE notes (body TEXT);
                    INSERT INTO notes (rowid, body) VALUES (7, 'x'), (9, 'y');
                    CREATE TABLE pairs (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
                    INSERT INTO pairs VALUES ('a', 'b');
                    """)
        }
        for (table, definition) in [
            ("notes", "CREATE TABLE notes (body TEXT NOT NULL)"),
            (
                "pairs",
                "CREATE TABLE pairs (a TEXT, b TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID, STRICT"
            ),
        ] {
            let rebuild = try await database.driver.rebuild(of: table, as: definition)
            try await migrate(database, rebuild) {}
        }
        #expect(try rows(database, "SELECT rowid, body FROM notes") == ["7|\"x\"", "9|\"y\""])
        #expect(try rows(database, "SELECT a, b FROM pairs").count == 1)
    }

    @Test func `has no way back where a column could not be filled again`() async throws {
        let database = try TemporaryDatabase()
        try database.access {
            try $0.execute(sql: "CREATE TABLE \"odd name\" (\"a \"\" b\" INTEGER, c TEXT NOT NULL)")
        }
        let rebuild = try await database.driver.rebuild(
            of: "odd name", as: "CREATE TABLE 'odd name' (\"a \"\" b\" TEXT)")
        #expect(rebuild.down == nil)
        #expect(
            rebuild.irreversibleReason
                == "c of odd name cannot be filled again: NOT NULL, without a default")
        let migration = try database.migration("9.0.0", rebuild.up)
        #expect(try await database.apply([migration])[0].failure == nil)
    }

    @Test(arguments: [
        ("nothing", nil, "there is no table nothing"),
        ("stays", nil, "stays cannot be rebuilt"),
        ("words", nil, "words cannot be rebuilt"),
        ("trips", "CREATE TABLE trips AS SELECT 1", "the definition is not one CREATE TABLE"),
        ("trips", "DROP TABLE trips", "the definition is not one CREATE TABLE"),
        ("trips", "CREATE TABLE trips (id INTEGER); DROP TABLE guests", "is not one CREATE TABLE"),
        ("trips", "CREATE TABLE houses (id INTEGER)", "the definition is of houses, not of trips"),
        ("trips", "CREATE TABLE trips (id INTEGER PRIMARY)", "SQLite refuses the definition"),
        (
            "trips", "CREATE TABLE trips (id INTEGER PRIMARY KEY, due TEXT NOT NULL)",
            "the rows of trips cannot be copied: due must have a value, and has no default"
        ),
    ])
    func `is refused where it could not be right`(
        table: String, definition: String?, message: String
    ) async throws {
        let database = try await database()
        try database.access {
            try $0.execute(sql: "CREATE VIRTUAL TABLE words USING fts5(body)")
        }
        let failure = await #expect(throws: ApusEngine.DatabaseError.self) {
            try await database.driver.rebuild(of: table, as: definition)
        }
        #expect(failure?.code == .usage)
        #expect(failure?.message.contains(message) == true)
    }
}
