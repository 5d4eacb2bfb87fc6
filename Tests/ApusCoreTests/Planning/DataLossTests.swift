import ApusCore
import Testing

@Suite struct DataLossTests {
    @Test(arguments: [
        ("DROP TABLE a;", ["DROP TABLE"]), ("drop schema s cascade;", ["DROP SCHEMA"]),
        ("TRUNCATE a; DELETE FROM b;", ["TRUNCATE", "DELETE"]),
        ("ALTER TABLE a DROP COLUMN b;", ["ALTER TABLE … DROP COLUMN"]),
        ("ALTER TABLE a DROP b;", ["ALTER TABLE … DROP COLUMN"]),
        ("ALTER TABLE a ALTER b DROP NOT NULL;", []), ("ALTER TABLE a DROP CONSTRAINT c;", []),
        ("DROP INDEX i; DROP VIEW v; CREATE TABLE t (a int);", []),
        ("-- DROP TABLE a\nSELECT 'DROP TABLE a';", []),
    ])
    func `what a step destroys is named`(up: String, losses: [String]) throws {
        let step = try #require(try Bench(migration("1.0.0 a", up: up)).plan(.latest).steps.first)
        #expect(DataLoss.losses(of: step) == losses)
    }

    @Test func `what is not run destroys nothing`() throws {
        let drop = try migration("1.0.0 a", "no-transaction", up: "DROP TABLE a; DELETE FROM b;")
        let resumed = try Bench(drop).unfinished(drop, done: 1, of: 2).plan(.latest)
        #expect(DataLoss.losses(of: resumed.steps[0]) == ["DELETE"])
        let recorded = try Bench(drop).plan(.baseline(version("1.0.0")))
        #expect(DataLoss.losses(of: recorded.steps[0]) == [])
    }
}
