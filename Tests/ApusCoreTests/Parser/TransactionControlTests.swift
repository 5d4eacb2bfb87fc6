import ApusCore
import Testing

@Suite struct TransactionControlTests {
    @Test(arguments: [
        "BEGIN;\nCREATE TABLE t (a int);\nCOMMIT;",
        "begin transaction; CREATE TABLE t (a int); end",
        "START TRANSACTION;CREATE TABLE t (a int);COMMIT WORK;",
        "-- why\nBEGIN WORK;\nCREATE TABLE t (a int);\n/* all */ END TRANSACTION;",
    ])
    func `one BEGIN and COMMIT around a section is left out`(up: String) throws {
        let outcome = ParseOutcome(up: up)
        let migration = try #require(outcome.migration, "\(outcome.report)")
        #expect(migration.up.isUnwrapped)
        #expect(migration.up.statementCount == 1)
        #expect(outcome.upTexts == ["CREATE TABLE t (a int)"])
    }

    @Test func `SQLite's kinds of BEGIN are left out as well`() throws {
        for begin in ["BEGIN", "BEGIN IMMEDIATE", "BEGIN DEFERRED TRANSACTION", "BEGIN EXCLUSIVE"] {
            let outcome = ParseOutcome(
                up: "\(begin);\nCREATE TABLE t (a);\nCOMMIT;", dialect: .sqlite)
            #expect(outcome.upTexts == ["CREATE TABLE t (a)"], "\(outcome.report)")
        }
    }

    @Test func `SQLite's pragmas may stand around the pair, as in a dump or a table rebuild`() {
        let rebuild = ParseOutcome(
            up: """
                PRAGMA foreign_keys=off;
                BEGIN TRANSACTION;
                ALTER TABLE guests RENAME TO guests_before;
                PRAGMA user_version = 3;
                COMMIT;
                -- as it was
                pragma foreign_keys=on;
                """, dialect: .sqlite)
        #expect(rebuild.report == "")
        #expect(rebuild.migration?.up.isUnwrapped == true)
        #expect(rebuild.migration?.up.statementCount == 4)
        #expect(
            rebuild.upTexts == [
                "PRAGMA foreign_keys=off", "ALTER TABLE guests RENAME TO guests_before",
                "PRAGMA user_version = 3", "pragma foreign_keys=on",
            ])
        #expect(
            ParseOutcome(
                up: "PRAGMA foreign_keys=off;\nBEGIN;\nCOMMIT;\nSELECT 1;", dialect: .sqlite
            )
            .codes == [.transactionControl])
    }

    @Test(arguments: [
        ("SELECT 1;\nCOMMIT;", 3, "COMMIT"), ("ROLLBACK;", 2, "ROLLBACK"),
        ("SELECT 1;\n\nBEGIN; SELECT 2; COMMIT;", 4, "BEGIN"),
        ("BEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;", 2, "BEGIN"),
        ("BEGIN;\nSELECT 1;\nCOMMIT;\nBEGIN;\nSELECT 2;\nCOMMIT;", 2, "BEGIN"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT;", 2, "BEGIN"),
        ("BEGIN;\nSELECT 1;\nROLLBACK;", 2, "BEGIN"), ("SELECT 1;\nEND;", 3, "END"),
        ("BEGIN;\nSELECT 1;", 2, "BEGIN"), ("ABORT;", 2, "ABORT"),
        ("PREPARE TRANSACTION 'x';", 2, "PREPARE TRANSACTION"),
        ("COMMIT AND CHAIN;", 2, "COMMIT"),
        ("START TRANSACTION;\nSELECT 1;", 2, "START TRANSACTION"),
    ])
    func `F34 any other transaction control is refused with its line`(
        up: String, line: Int, name: String
    ) {
        let outcome = ParseOutcome(up: up)
        #expect(
            outcome.messages == [
                "\(line):1 transaction control inside a migration: \(name) would end or split the transaction that Apus opens"
            ])
        #expect(outcome.codes == [.transactionControl])
    }

    @Test func `F34 transaction control is marked`() {
        #expect(
            ParseOutcome(down: "DROP TABLE t;\n\tCOMMIT;").report == """
                error[transaction-control]: transaction control inside a migration: COMMIT would end or split the transaction that Apus opens
                 --> migrations/20250115_103000_1.2.0_add_languages.sql:5:2
                  |
                5 | \tCOMMIT;
                  | \t^^^^^^
                next:  take it out; one BEGIN … COMMIT pair around the whole section is accepted
                """)
    }

    @Test func `F34 a pair is refused in a section without a transaction`() {
        let outcome = ParseOutcome(up: "-- apus: no-transaction\nBEGIN;\nSELECT 1;\nCOMMIT;")
        #expect(
            outcome.messages == [
                "3:1 transaction control in a section without a transaction: BEGIN would get in the way of recording each statement"
            ])
        #expect(outcome.problems.first?.help == ["take it out, or `-- apus: no-transaction`"])
    }

    @Test func `savepoints and bodies with BEGIN are no transaction control`() {
        let up = """
            SAVEPOINT a;
            ROLLBACK TO SAVEPOINT a;
            RELEASE a;
            CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END;
            DO $$ BEGIN COMMIT; END $$;
            """
        #expect(ParseOutcome(up: up).report == "")
    }

    @Test(arguments: [
        ("VACUUM guests", "VACUUM"), ("VACUUM FULL", "VACUUM"),
        ("CREATE DATABASE other", "CREATE DATABASE"),
        ("ALTER SYSTEM SET work_mem = '1GB'", "ALTER SYSTEM"),
        ("CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX CONCURRENTLY"),
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", "CREATE UNIQUE INDEX CONCURRENTLY"),
        ("DROP INDEX CONCURRENTLY i", "DROP INDEX CONCURRENTLY"),
        ("CREATE TABLESPACE s LOCATION '/x'", "CREATE TABLESPACE"),
        ("DROP DATABASE other", "DROP DATABASE"),
    ])
    func `F32 what cannot run in a transaction is refused while planning`(
        statement: String, name: String
    ) {
        let outcome = ParseOutcome(up: "SELECT 1;\n\(statement);")
        #expect(outcome.messages == ["3:1 \(name) cannot run inside a transaction"])
        #expect(
            ParseOutcome(up: "-- apus: no-transaction\nSELECT 1;\n\(statement);").report == "")
    }

    @Test(arguments: ["", "-- apus: no-transaction\n"])
    func `F13 what would release the run's own lock is refused while planning`(directive: String) {
        let line = directive.isEmpty ? 3 : 4
        #expect(
            ParseOutcome(up: "\(directive)SELECT 1;\nDISCARD ALL;").messages == [
                "\(line):1 DISCARD ALL releases the lock that keeps two runs apart"
            ])
        let outcome = ParseOutcome(up: "\(directive)SELECT 1;\nSELECT pg_advisory_unlock_all();")
        #expect(outcome.codes == [.releasesLock])
        #expect(
            outcome.messages == [
                "\(line):1 pg_advisory_unlock_all() releases the lock that keeps two runs apart"
            ])
    }

    @Test func `F32 the directive to add is named`() {
        #expect(
            ParseOutcome(up: "CREATE INDEX CONCURRENTLY i\n  ON t (a);").report == """
                error[not-in-transaction]: CREATE INDEX CONCURRENTLY cannot run inside a transaction
                 --> migrations/20250115_103000_1.2.0_add_languages.sql:2:1
                  |
                2 | CREATE INDEX CONCURRENTLY i
                  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^
                next:  add the line `-- apus: no-transaction` below the section's marker
                """)
    }

    @Test(arguments: [
        ("VACUUM", "VACUUM"), ("ATTACH DATABASE 'x' AS y", "ATTACH DATABASE"),
        ("PRAGMA journal_mode = WAL", "PRAGMA JOURNAL_MODE"), ("ATTACH 'x' AS y", "ATTACH"),
    ])
    func `F81 what SQLite cannot do in a transaction is refused while planning`(
        statement: String, name: String
    ) {
        let outcome = ParseOutcome(up: "\(statement);", dialect: .sqlite)
        #expect(outcome.messages == ["2:1 \(name) cannot run inside a transaction"])
        #expect(
            ParseOutcome(up: "-- apus: no-transaction\n\(statement);", dialect: .sqlite).report
                == "")
    }

    @Test func `F45 psql commands are refused by name and line`() throws {
        let outcome = ParseOutcome(up: "SELECT 1;\n  \\connect other\n")
        #expect(outcome.codes == [.psqlCommand])
        let problem = try #require(outcome.problems.first)
        #expect(problem.location?.line == 3)
        #expect(problem.location?.column == 3)
        #expect(problem.message.contains("\\connect"))
    }

    @Test func `F44 COPY data belongs to its statement`() throws {
        let outcome = ParseOutcome(up: "COPY t FROM STDIN;\n1\tit's; fine\n\\.\nSELECT 1;")
        let migration = try #require(outcome.migration, "\(outcome.report)")
        #expect(migration.up.hasCopyData)
        #expect(migration.up.statementCount == 2)
        #expect(migration.down?.hasCopyData == false)
    }
}
