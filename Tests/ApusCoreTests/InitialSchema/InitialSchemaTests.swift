import ApusCore
import Testing

@Suite struct InitialSchemaTests {
    @Test(arguments: [
        ("CREATE TABLE public.a (id int)", "DROP TABLE public.a"),
        ("CREATE TABLE IF NOT EXISTS \"A b\".\"c\" (id int)", "DROP TABLE \"A b\".\"c\""),
        ("CREATE UNLOGGED TABLE a (id int)", "DROP TABLE a"),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", "DROP MATERIALIZED VIEW v"),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", "DROP VIEW v"),
        ("CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public", "DROP EXTENSION pgcrypto"),
        ("CREATE TYPE public.mood AS ENUM ('a', 'b')", "DROP TYPE public.mood"),
        ("CREATE TEXT SEARCH CONFIGURATION c (PARSER = p)", "DROP TEXT SEARCH CONFIGURATION c"),
        (
            "CREATE FUNCTION public.f(a integer DEFAULT (1 + 2), b numeric(4,2)[] = '{}', VARIADIC c text[]) RETURNS void LANGUAGE sql AS $$ SELECT 1; $$",
            "DROP FUNCTION public.f(a integer, b numeric(4, 2)[], VARIADIC c text[])"
        ),
        ("CREATE PROCEDURE p() LANGUAGE sql AS ''", "DROP PROCEDURE p()"),
        (
            "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON public.a FOR EACH ROW EXECUTE FUNCTION f()",
            "DROP TRIGGER t ON public.a"
        ),
        ("CREATE RULE r AS ON INSERT TO a DO INSTEAD NOTHING", "DROP RULE r ON a"),
        ("CREATE POLICY p ON a USING (true)", "DROP POLICY p ON a"),
        (
            "ALTER TABLE ONLY a ADD CONSTRAINT a_b_fkey FOREIGN KEY (b) REFERENCES b(id)",
            "ALTER TABLE a DROP CONSTRAINT a_b_fkey"
        ),
        (
            "ALTER TABLE ONLY a ALTER COLUMN id SET DEFAULT nextval('s'::regclass)",
            "ALTER TABLE a ALTER COLUMN id DROP DEFAULT"
        ),
        (
            "ALTER TABLE ONLY a ATTACH PARTITION a1 FOR VALUES IN (1)",
            "ALTER TABLE a DETACH PARTITION a1"
        ),
    ])
    func `a statement of PostgreSQL is taken back`(statement: String, drop: String) throws {
        let schema = try InitialSchema(script: "\(statement);", dialect: .postgres)
        #expect(schema.up == [statement])
        #expect(schema.down == [drop])
        #expect(schema.undroppable.isEmpty)
    }

    @Test(arguments: [
        ("CREATE TABLE [a b] (id)", "DROP TABLE [a b]"),
        ("CREATE VIRTUAL TABLE f USING fts5(x)", "DROP TABLE f"),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END",
            "DROP TRIGGER t"
        ),
    ])
    func `a statement of SQLite is taken back`(statement: String, drop: String) throws {
        let schema = try InitialSchema(script: "\(statement);", dialect: .sqlite)
        #expect(schema.up == [statement])
        #expect(schema.down == [drop])
    }

    @Test func `what is made last is dropped first, each thing once`() throws {
        let schema = try InitialSchema(
            script: """
                CREATE TABLE a (id int);
                CREATE VIEW v AS SELECT NULL::int AS id;
                CREATE INDEX i ON a (id);
                CREATE OR REPLACE VIEW v AS SELECT id FROM a;
                """, dialect: .postgres)
        #expect(schema.up.count == 4)
        #expect(schema.down == ["DROP VIEW v", "DROP TABLE a"])
    }

    @Test func `settings of the dump are left out, those of the schema stay`() throws {
        let schema = try InitialSchema(
            script: """
                SET statement_timeout = 0;
                SET transaction_timeout = 0;
                SET standard_conforming_strings = on;
                SELECT pg_catalog.set_config('search_path', '', false);
                """, dialect: .postgres)
        #expect(
            schema.up == [
                "SET standard_conforming_strings = on",
                "SELECT pg_catalog.set_config('search_path', '', false)",
            ])
        #expect(schema.makesNothing)
    }

    @Test func `the text is a migration that parses`() throws {
        let id = try #require(MigrationID("20250101_000000_1.0.0_initial_schema"))
        let schema = try InitialSchema(
            script: "CREATE TABLE a (id int -- last\n); CREATE TABLE b (id int);",
            dialect: .postgres)
        let source = MigrationSource(path: id.fileName, bytes: Array(schema.text(of: id).utf8))
        let migration = try MigrationParser(dialect: .postgres).parse(
            source: source, fileName: id.fileName)
        #expect(migration.up.statementCount == 2)
        #expect(migration.down?.statementCount == 2)
    }

    @Test func `what cannot be dropped makes it irreversible, and says what`() throws {
        let id = try #require(MigrationID("20250101_000000_1.0.0_initial_schema"))
        let schema = try InitialSchema(
            script: "CREATE TABLE a (id int); CREATE CAST (a AS b) WITH FUNCTION f(a);",
            dialect: .postgres)
        #expect(schema.undroppable == ["CREATE CAST"])
        let source = MigrationSource(path: id.fileName, bytes: Array(schema.text(of: id).utf8))
        let migration = try MigrationParser(dialect: .postgres).parse(
            source: source, fileName: id.fileName)
        #expect(migration.down == nil)
        #expect(migration.irreversibleReason == "no DROP could be derived for: CREATE CAST")
    }
}
