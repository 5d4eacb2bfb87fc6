import ApusCore
import ApusEngine
import Testing

@testable import ApusPostgres

@Suite struct `What a session is left by` {
    @Test(arguments: [
        """
        CREATE TABLE guests (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text DEFAULT lower('A'),
            trip bigint REFERENCES trips (id), CHECK (name <> ''))
        """,
        "CREATE UNLOGGED TABLE IF NOT EXISTS a.b (LIKE c) WITH (fillfactor = 70)",
        "create /* a */ table \"temp\" (a int) -- b",
        "CREATE INDEX ON guests (name)",
        "CREATE UNIQUE INDEX IF NOT EXISTS i ON ONLY g USING btree (a, b DESC)",
        "CREATE INDEX i ON g (a text_pattern_ops) INCLUDE (b) WITH (fillfactor = 70)",
        "ALTER TABLE guests ADD COLUMN name text",
        "ALTER TABLE IF EXISTS ONLY a.guests ADD name varchar(3) NOT NULL, ADD COLUMN IF NOT EXISTS n numeric(10, 2)",
        "ALTER TABLE guests ADD at timestamp(3) with time zone NULL, DROP COLUMN IF EXISTS b CASCADE, DROP c",
        "ALTER TABLE guests RENAME COLUMN a TO b", "ALTER TABLE guests RENAME TO people",
        "DROP TABLE IF EXISTS guests, a.b CASCADE", "DROP INDEX i", "DROP MATERIALIZED VIEW v",
        "COMMENT ON TABLE guests IS 'SELECT 1'",
    ])
    func `definitions that evaluate nothing is what it was`(_ sql: String) {
        #expect(Self.isQuiet(sql))
    }

    @Test(arguments: [
        "SELECT 1", "DO $$ BEGIN END $$", "INSERT INTO guests VALUES (1)", "SET role TO other",
        "CALL p()",
        "CREATE TABLE a AS SELECT f()", "CREATE TABLE a AS VALUES (f())",
        "CREATE TABLE a AS TABLE b",
        "CREATE TABLE a AS EXECUTE p", "CREATE TABLE a AS WITH b AS (SELECT f()) TABLE b",
        "CREATE TEMP TABLE a (b int)", "CREATE TEMPORARY TABLE a (b int)",
        "CREATE LOCAL TEMP TABLE a (b int)",
        "CREATE TABLE pg_temp.a (b int)", "CREATE TABLE \"pg_temp\".a (b int)",
        "CREATE TABLE \"PG_TEMP_3\".a (b int)",
        "CREATE TABLE U&\"pg\\005ftemp\".a (b int)", "DROP TABLE pg_temp.a",
        "CREATE TABLE a PARTITION OF b FOR VALUES FROM (f()) TO (g())",
        "CREATE TABLE a (b int, c int GENERATED ALWAYS AS (f(b)) STORED)",
        "CREATE TABLE a (b int, EXCLUDE USING gist (f(b) WITH =))",
        "CREATE TABLE a (LIKE b INCLUDING ALL)",
        "CREATE INDEX ON guests (lower(name))", "CREATE INDEX ON guests (name) WHERE f(name)",
        "CREATE INDEX CONCURRENTLY i ON guests (name)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1",
        "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
        "CREATE TRIGGER t AFTER INSERT ON g EXECUTE FUNCTION f()",
        "ALTER TABLE guests ADD COLUMN a int DEFAULT f()",
        "ALTER TABLE guests ADD COLUMN a my_domain",
        "ALTER TABLE guests ADD COLUMN a a.text", "ALTER TABLE guests ADD a int CHECK (f(a))",
        "ALTER TABLE guests ADD CHECK (f(a))",
        "ALTER TABLE guests ADD CONSTRAINT text CHECK (f(a))",
        "ALTER TABLE guests ADD a text COLLATE x",
        "ALTER TABLE guests ADD a int GENERATED ALWAYS AS (1) STORED",
        "ALTER TABLE guests ADD UNIQUE (a)",
        "ALTER TABLE guests ALTER COLUMN a TYPE text USING f(a)",
        "ALTER TABLE guests VALIDATE CONSTRAINT c",
        "ALTER TABLE guests ADD a int, ALTER b SET NOT NULL",
        "ALTER TABLE guests ADD a int[]", "ALTER TABLE guests", "ALTER TABLE guests ADD COLUMN a",
        "ALTER ROLE me SET work_mem = '1MB'", "ALTER EVENT TRIGGER e ENABLE",
        "ALTER TYPE t ADD VALUE 'a'",
        "DROP INDEX CONCURRENTLY i", "DROP FUNCTION f", "DROP OWNED BY me", "", "CREATE", "ALTER",
        "DROP",
    ])
    func `anything else may be another`(_ sql: String) {
        #expect(!Self.isQuiet(sql))
    }

    private static func isQuiet(_ sql: String) -> Bool {
        let source = MigrationSource(path: "x.sql", bytes: Array(sql.utf8))
        let statement = Statement(range: 0..<sql.utf8.count, line: 1, column: 1, kind: .plain)
        return QuietRule.admits(statement, of: source)
    }

    @Test func `a step is quiet where all its statements are`() throws {
        #expect(
            QuietRule.admits(try Migration.test(up: "CREATE TABLE a (b int); DROP TABLE a;").step())
        )
        #expect(
            !QuietRule.admits(try Migration.test(up: "CREATE TABLE a (b int); SELECT 1;").step()))
    }
}
