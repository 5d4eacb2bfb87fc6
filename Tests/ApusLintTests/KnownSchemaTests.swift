import ApusCore
import Testing

@testable import ApusLint

@Suite struct KnownSchemaTests {
    /// The schema behind a script's statements.
    private func schema(
        _ script: String, on engine: DatabaseEngine = .postgres
    ) throws -> KnownSchema {
        let migration = try Migration.of(up: script, down: "SELECT 1;", engine: engine)
        var schema = KnownSchema()
        schema.take(migration, ParsedMigration(migration, isJudged: false))
        return schema
    }

    @Test func `tables have columns with their types`() throws {
        let table = try #require(
            schema(
                "CREATE TABLE public.t (id int PRIMARY KEY, p numeric(10,2) NOT NULL, a text[]);"
            )
            .tables[ObjectName("t")])
        #expect(table.columns["id"]?.type?.description == "int4")
        #expect(table.columns["p"]?.type?.description == "numeric(10,2)")
        #expect(table.columns["a"]?.type?.description == "text[]")
        #expect(table.columns.filter(\.value.isNotNull).keys.sorted() == ["id", "p"])
    }

    @Test(arguments: [
        (
            "(id INTEGER PRIMARY KEY AUTOINCREMENT, \"Full Name\" text, x)",
            ["full name", "id", "x"]
        ),
        ("(a numeric(10,2) DEFAULT (1, 2), b, UNIQUE (a, b), CHECK (a > 1))", ["a", "b"]),
        ("(a int CHECK (a IN (1, 2)), b, CONSTRAINT c PRIMARY KEY (a, b)) STRICT", ["a", "b"]),
        ("AS SELECT 1 AS a, 2 AS b", []),
    ])
    func `tables of SQLite have their columns`(definition: String, columns: [String]) throws {
        let known = try schema("CREATE TABLE main.t \(definition);", on: .sqlite)
        #expect(known.tables[ObjectName("t")]?.columns.keys.sorted() == columns)
    }

    @Test func `a table of SQLite that is there is not made again`() throws {
        let known = try schema(
            "CREATE TABLE t (a);\nCREATE TABLE IF NOT EXISTS t (b);", on: .sqlite)
        #expect(known.tables[ObjectName("t")]?.columns.keys.sorted() == ["a"])
    }

    @Test func `alterations are followed`() throws {
        let table = try #require(
            schema(
                """
                CREATE TABLE t (a int, b int);
                ALTER TABLE t ADD COLUMN c text, DROP COLUMN a, ALTER b TYPE bigint,
                    ADD CONSTRAINT n CHECK (c IS NOT NULL) NOT VALID;
                ALTER TABLE t VALIDATE CONSTRAINT n;
                ALTER TABLE t RENAME COLUMN b TO d;
                ALTER TABLE t RENAME TO u;
                """
            ).tables[ObjectName("u")])
        #expect(table.columns.keys.sorted() == ["c", "d"])
        #expect(table.columns["d"]?.type?.description == "int8")
        #expect(table.constraints.map(\.isValidated) == [true])
        #expect(table.constraints.map(\.columns) == [["c"]])
    }

    @Test func `an index goes with its table`() throws {
        let script = "CREATE TABLE t (a int);\nCREATE INDEX i ON t (a);"
        #expect(try schema(script).indexes[ObjectName("i")]?.columns == ["a"])
        #expect(try schema("\(script)\nDROP TABLE t;").indexes.isEmpty)
        #expect(try schema("\(script)\nDROP INDEX i;").indexes.isEmpty)
    }

    @Test func `what is moved or renamed takes along what belongs to it`() throws {
        let known = try schema(
            """
            CREATE TYPE state AS ENUM ('new');
            CREATE TABLE t (a int PRIMARY KEY, s state);
            CREATE INDEX i ON t (a);
            CREATE TABLE u (t int REFERENCES t (a));
            ALTER TABLE t RENAME COLUMN a TO b;
            ALTER TABLE t RENAME TO v;
            ALTER TABLE v SET SCHEMA archive;
            ALTER INDEX archive.i RENAME TO j;
            ALTER TABLE archive.v RENAME CONSTRAINT t_pkey TO k;
            ALTER TYPE state RENAME TO status;
            ALTER TYPE status SET SCHEMA archive;
            ALTER SCHEMA archive RENAME TO past;
            """)
        let moved = ObjectName(schema: "past", "v")
        #expect(known.tables.keys.map(\.description).sorted() == ["past.v", "u"])
        #expect(known.indexes[ObjectName(schema: "past", "j")]?.table == moved)
        #expect(known.indexes[ObjectName(schema: "past", "j")]?.columns == ["b"])
        #expect(known.tables[ObjectName("u")]?.constraints.map(\.referenced) == [moved])
        #expect(known.tables[moved]?.columns["s"]?.type?.name.description == "past.status")
        #expect(known.enums.keys.map(\.description) == ["past.status"])
        // The server gave the name t_pkey, and a table's new name leaves it as it is: it is not known
        // any more, rather than wrong.
        #expect(known.tables[moved]?.constraints.map(\.name) == [nil])
    }

    @Test func `a constraint is known by the name that the server gave it`() throws {
        let script = "CREATE TABLE t (a int UNIQUE, b int PRIMARY KEY, c int REFERENCES t);"
        let known = try schema(
            "\(script) ALTER TABLE t DROP CONSTRAINT t_a_key, DROP CONSTRAINT t_c_fkey;")
        #expect(known.tables[ObjectName("t")]?.constraints.map(\.kind) == [.primaryKey])
        let renamed = try schema("\(script) ALTER TABLE t RENAME CONSTRAINT t_pkey TO k;")
        #expect(renamed.tables[ObjectName("t")]?.constraints.map(\.name) == [nil, "k", nil])
    }

    @Test func `a table takes over what it is made like`() throws {
        let script = """
            CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL, CHECK (b IS NOT NULL));
            CREATE INDEX i ON t (b);
            """
        func table(_ more: String) throws -> KnownSchema.Table {
            try #require(schema("\(script)\n\(more)").tables[ObjectName("u")])
        }
        let like = try table("CREATE TABLE u (LIKE t, c int);")
        #expect(like.columns.keys.sorted() == ["a", "b", "c"] && like.constraints.isEmpty)
        #expect(like.columns["b"]?.isNotNull == true && like.columns["a"]?.birth.statement == 2)
        let all = try schema("\(script)\nCREATE TABLE u (LIKE t INCLUDING ALL);")
        #expect(
            all.tables[ObjectName("u")]?.constraints.map(\.kind).sorted { "\($0)" < "\($1)" }
                == [.check, .primaryKey])
        #expect(all.indexes.values.filter { $0.table == ObjectName("u") }.map(\.columns) == [["b"]])
        #expect(try table("CREATE TABLE u (c int) INHERITS (t);").columns.count == 3)
        let parted = """
            CREATE TABLE p (d date NOT NULL) PARTITION BY RANGE (d);
            CREATE TABLE u PARTITION OF p DEFAULT;
            """
        #expect(try table(parted).columns["d"]?.isNotNull == true)
        #expect(try !table(parted).isPartitioned)
    }

    @Test func `tables are made by queries as well, unless they are there`() throws {
        #expect(try schema("SELECT 1 AS a INTO t;").tables[ObjectName("t")] != nil)
        let known = try schema(
            "CREATE TABLE t (a int);\nCREATE TABLE IF NOT EXISTS t AS SELECT 1 AS a;")
        #expect(known.tables[ObjectName("t")]?.birth.statement == 0)
        let filled = "CREATE MATERIALIZED VIEW v AS SELECT 1 AS a WITH NO DATA;"
        #expect(try schema(filled).tables[ObjectName("v")]?.isFilled == false)
        let refreshed = try schema("\(filled)\nREFRESH MATERIALIZED VIEW v;")
        #expect(refreshed.tables[ObjectName("v")]?.isFilled == true)
    }

    @Test func `a constraint of an index has its columns and its place`() throws {
        let known = try schema(
            """
            CREATE TABLE t (a int, b int);
            CREATE UNIQUE INDEX i ON t (a);
            ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX i;
            """)
        #expect(known.tables[ObjectName("t")]?.constraints.map(\.columns) == [["a"]])
        #expect(known.tables[ObjectName("t")]?.columns["a"]?.isNotNull == true)
        #expect(known.indexes.keys.map(\.name) == ["k"])
    }

    @Test func `what goes with something else is gone, and what is there already stays`() throws {
        let known = try schema(
            """
            CREATE TABLE a.t (x int, y int);
            CREATE TABLE u (x int, y int);
            CREATE INDEX i ON u (y);
            CREATE INDEX j ON u (x);
            DROP SCHEMA a CASCADE;
            ALTER TABLE u DROP COLUMN y, ADD COLUMN IF NOT EXISTS x int;
            """)
        #expect(known.tables.keys.map(\.name) == ["u"])
        #expect(known.indexes.keys.map(\.name) == ["j"])
        #expect(known.tables[ObjectName("u")]?.columns["x"]?.birth.statement == 1)
    }
}
