import ApusCore
import Testing

@testable import ApusLint

@Suite struct KnownSchemaTests {
    /// The schema behind a script's statements.
    private func schema(_ script: String) throws -> KnownSchema {
        let migration = try Migration.of(up: script)
        var schema = KnownSchema()
        var look = MigrationLook(Lint(), migration, isJudged: false)
        look.run(&schema)
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
}
