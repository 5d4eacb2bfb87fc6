import ApusCore
import ApusEngine
import Testing

@Suite struct `Foreign keys` {
    private let family = """
        CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE children (
            id INTEGER PRIMARY KEY,
            parent INTEGER NOT NULL REFERENCES parents (id) ON DELETE CASCADE
        );
        INSERT INTO parents VALUES (1, 'Ana'), (2, 'Ben');
        INSERT INTO children VALUES (1, 1), (2, 2);
        """
    private let rebuild = """
        CREATE TABLE parents_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        INSERT INTO parents_new SELECT id, name FROM parents;
        DROP TABLE parents;
        ALTER TABLE parents_new RENAME TO parents;
        """
    private let enforcing = StepOptions(enforcesForeignKeys: true)

    @Test(arguments: [false, true])
    func `a table rebuild keeps the rows that refer to it (F79)`(enforces: Bool) async throws {
        let database = try TemporaryDatabase()
        let options = StepOptions(enforcesForeignKeys: enforces)
        let tried = try await database.apply(
            [database.migration("1.0.0", family), database.migration("1.1.0", rebuild)],
            options: options)
        #expect(tried.allSatisfy { $0.failure == nil })
        #expect(try database.value("SELECT count(*) FROM children") == "2")
        #expect(try database.value("SELECT count(*) FROM pragma_foreign_key_check") == "0")
    }

    @Test func `what the usual rebuild script says around itself is honoured (F79)`() async throws {
        let database = try TemporaryDatabase()
        let script = "PRAGMA foreign_keys = OFF;\n\(rebuild)\nPRAGMA foreign_keys = OFF;"
        let tried = try await database.apply(
            [database.migration("1.0.0", family), database.migration("1.1.0", script)],
            options: enforcing)
        #expect(tried.allSatisfy { $0.failure == nil && $0.notices.isEmpty })
        #expect(try database.value("SELECT count(*) FROM children") == "2")
    }

    @Test(arguments: [
        "PRAGMA foreign_keys = ON", "pragma main.foreign_keys(1)", "PRAGMA foreign_keys='yes'",
    ])
    func `a script that begins by switching them on has them on`(pragma: String) async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply([
            database.migration("1.0.0", family),
            database.migration("1.1.0", "\(pragma);\nDELETE FROM parents WHERE id = 1;"),
            database.migration("1.2.0", "DELETE FROM parents WHERE id = 2;"),
        ])
        #expect(tried.allSatisfy { $0.failure == nil })
        // The first cascades, the second, in sqlite3's default, does not.
        #expect(try database.value("SELECT group_concat(parent) FROM children") == "2")
    }

    @Test func `a pragma that comes too late is told of`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply(
            "CREATE TABLE a (id INTEGER);\nPRAGMA foreign_keys = ON;\nDROP TABLE a;")
        #expect(tried.failure == nil)
        #expect(
            tried.notices == [
                "PRAGMA foreign_keys on line 4 has no effect inside the migration's transaction; put it before the first statement"
            ])
    }

    @Test func `a table that is dropped leaves rows without their parent, and that is told of`()
        async throws
    {
        let database = try TemporaryDatabase()
        let fewer = rebuild.replacing("FROM parents", with: "FROM parents WHERE id = 1")
        let tried = try await database.apply([
            database.migration("1.0.0", family), database.migration("1.1.0", fewer),
        ])
        #expect(tried.allSatisfy { $0.failure == nil })
        #expect(
            tried[1].notices == [
                "it leaves 1 row that violates the foreign key children → parents"
            ])
    }

    @Test func `a key that SQLite cannot check does not stop who need not hold it`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply([
            database.migration(
                "1.0.0",
                """
                CREATE TABLE parents (name TEXT);
                CREATE TABLE children (parent TEXT REFERENCES parents (name));
                INSERT INTO children VALUES ('Ana');
                CREATE TABLE other (id INTEGER);
                """),
            database.migration("1.1.0", "DROP TABLE other;"),
        ])
        #expect(tried.allSatisfy { $0.failure == nil && $0.notices.isEmpty })
    }

    @Test func `new violations roll the step back where they are enforced (F79)`() async throws {
        let database = try TemporaryDatabase()
        let orphan = "INSERT INTO children VALUES (3, 99), (4, 99);"
        let tried = try await database.apply(
            [database.migration("1.0.0", family), database.migration("1.1.0", orphan)],
            options: enforcing)
        let failure = try #require(tried[1].failure)
        #expect(failure.effect == .unchanged)
        #expect(failure.error.code == .commitFailed)
        #expect(failure.error.sqlState == "SQLITE_CONSTRAINT_FOREIGNKEY")
        #expect(
            failure.error.message
                == "the migration leaves 2 rows that violate the foreign key children → parents")
        #expect(try database.value("SELECT count(*) FROM children") == "2")
    }

    @Test func `violations that were there before do not make a step fail`() async throws {
        let database = try TemporaryDatabase()
        let orphan = "\(family)\nINSERT INTO children VALUES (3, 99);"
        let before = try await database.apply(orphan)
        #expect(before.failure == nil)
        let after = try await database.apply(rebuild, version: "1.1.0", options: enforcing)
        #expect(after.failure == nil)
    }

    @Test(arguments: [nil, "no-transaction"])
    func `rows that go with a table which they refer to are told of`(
        directive: String?
    ) async throws {
        let database = try TemporaryDatabase()
        let script = "PRAGMA foreign_keys = ON;\n\(rebuild)\nDROP TABLE IF EXISTS gone;"
        let tried = try await database.apply([
            database.migration("1.0.0", family),
            database.migration("1.1.0", script, directive: directive),
        ])
        #expect(tried.allSatisfy { $0.failure == nil })
        #expect(try database.value("SELECT count(*) FROM children") == "0")
        #expect(
            tried[1].notices == [
                "foreign keys are on: dropping parents deleted or changed 2 rows that refer to it"
            ])
    }

    @Test func `a table to which no row refers goes without a word`() async throws {
        let database = try TemporaryDatabase()
        let tried = try await database.apply([
            database.migration("1.0.0", family),
            database.migration(
                "1.1.0",
                "PRAGMA foreign_keys = ON;\nDROP TABLE main.\"children\";\nDROP TABLE parents;"),
        ])
        #expect(tried.allSatisfy { $0.failure == nil && $0.notices.isEmpty })
    }

    @Test func `a deferred violation makes COMMIT fail, and nothing stays`() async throws {
        let database = try TemporaryDatabase()
        let script = """
            PRAGMA foreign_keys = ON;
            CREATE TABLE parents (id INTEGER PRIMARY KEY);
            CREATE TABLE children (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
            INSERT INTO children VALUES (1);
            """
        let failure = try #require(try await database.apply(script).failure)
        #expect(failure.error.code == .commitFailed)
        #expect(failure.statementIndex == nil)
        #expect(failure.effect == .unchanged)
        #expect(
            try database.value("SELECT count(*) FROM sqlite_schema WHERE name = 'parents'") == "0")
    }
}
