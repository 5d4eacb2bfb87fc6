import ApusCore
import Testing

@Suite struct MarkerTests {
    @Test(arguments: [
        "-- Up Migration\nSELECT 1;\n-- Down Migration (Rollback)\nSELECT 2;",
        "-- up migration\nSELECT 1;\n-- down migration\nSELECT 2;\n",
        "  --UP   MIGRATION  \nSELECT 1\n\t--  Down Migration\t(rollback)\nSELECT 2",
        "-- Up Migration\r\nSELECT 1;\r\n-- Down Migration (Rollback)\r\nSELECT 2;\r\n",
        "\u{FEFF}-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 2;",
        "-- A word\n\n/* and another */\n-- Up Migration\nSELECT 1;-- Up Migration\n-- Down Migration\nSELECT 2",
    ])
    func `markers are whole comment lines in any case`(text: String) {
        for dialect in [DatabaseEngine.postgres, .sqlite] {
            let outcome = ParseOutcome(text, dialect: dialect)
            #expect(outcome.report == "")
            #expect(outcome.upTexts == ["SELECT 1"])
            #expect(outcome.downTexts == ["SELECT 2"])
        }
    }

    @Test(arguments: [
        "SELECT '\n-- Down Migration\n';",
        "SELECT $$\n-- Down Migration\n$$;",
        "SELECT $a$\n$b$\n-- Down Migration\n$b$ $a$;",
        "/*\n-- Down Migration\n/* nested */\n*/\nSELECT 1;",
        "SELECT E'\\'\n-- Down Migration\n';",
        "SELECT \"\n-- Down Migration\n\";",
        "COPY t FROM STDIN;\n-- Down Migration\n\\.\n",
        "SELECT 1; -- Down Migration\n",
        "-- Down Migrations\nSELECT 1;",
        "-- Down Migration of the house\nSELECT 1;",
    ])
    func `F51 what only looks like a marker is none`(up: String) {
        let outcome = ParseOutcome(up: up, down: "SELECT 2;")
        #expect(outcome.report == "")
        #expect(outcome.upTexts.count == 1)
        #expect(outcome.downTexts == ["SELECT 2"])
    }

    @Test func `F51 a missing up marker is an error`() {
        #expect(
            ParseOutcome("-- Down Migration (Rollback)\nDROP TABLE t;\n").report == """
                error[section-missing]: there is no `-- Up Migration` line
                  --> migrations/20250115_103000_1.2.0_add_languages.sql:1:1
                next:  put a line `-- Up Migration` above the statements
                """)
    }

    @Test func `F51 a missing down marker is an error`() {
        #expect(
            ParseOutcome("-- Up Migration\nCREATE TABLE t (a int);\n").report == """
                error[section-missing]: there is no `-- Down Migration (Rollback)` line
                  --> migrations/20250115_103000_1.2.0_add_languages.sql:1:1
                next:  write a down section, or say why there is none below the down marker: -- apus: irreversible REASON
                """)
    }

    @Test func `F51 SQL above the first marker is an error`() {
        #expect(
            ParseOutcome("\n  CREATE TABLE t (\n a int);\n-- Down Migration\nDROP TABLE t;\n")
                .report
                    == """
                    error[section-missing]: SQL stands before any section marker
                     --> migrations/20250115_103000_1.2.0_add_languages.sql:2:3
                      |
                    2 |   CREATE TABLE t (
                      |   ^^^^^^^^^^^^^^^^
                    next:  put a line `-- Up Migration` above the statements
                    """)
    }

    @Test func `F51 a second up section is an error`() {
        let outcome = ParseOutcome(up: "SELECT 1;\n  -- Up Migration\nSELECT 2;", down: "SELECT 3;")
        #expect(
            outcome.report == """
                error[section-duplicate]: a second `-- Up Migration` section
                 --> migrations/20250115_103000_1.2.0_add_languages.sql:3:3
                  |
                3 |   -- Up Migration
                  |   ^^^^^^^^^^^^^^^
                next:  a migration has one up section, then one down section
                """)
    }

    @Test(arguments: [
        (
            "-- Down Migration\nSELECT 1;\n-- Up Migration\nSELECT 2;",
            ["3:1 `-- Up Migration` stands below the down section"]
        ),
        (
            "-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 2;\n-- Down Migration\nSELECT 3;",
            ["5:1 a second `-- Down Migration (Rollback)` section"]
        ),
        (
            "-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 2;\n-- Up Migration\nSELECT 3;",
            ["5:1 a second `-- Up Migration` section"]
        ),
        (
            "",
            [
                "1:1 there is no `-- Up Migration` line",
                "1:1 there is no `-- Down Migration (Rollback)` line",
            ]
        ),
        (
            "SELECT 1;",
            [
                "1:1 SQL stands before any section marker",
                "1:1 there is no `-- Down Migration (Rollback)` line",
            ]
        ),
    ])
    func `F51 markers in the wrong number or order`(text: String, messages: [String]) {
        #expect(ParseOutcome(text).messages == messages)
    }

    @Test(arguments: [
        ("", "DROP TABLE t;", ["1:1 the up section holds no statement"]),
        ("-- nothing\n;;", "DROP TABLE t;", ["1:1 the up section holds no statement"]),
        ("BEGIN;\nCOMMIT;", "DROP TABLE t;", ["1:1 the up section holds no statement"]),
        ("SELECT 1;", "", ["3:1 the down section holds no statement"]),
        ("SELECT 1;", "/* later */", ["3:1 the down section holds no statement"]),
        (
            "", "",
            ["1:1 the up section holds no statement", "3:1 the down section holds no statement"]
        ),
    ])
    func `F51 empty sections are errors`(up: String, down: String, messages: [String]) {
        let outcome = ParseOutcome(up: up, down: down)
        #expect(outcome.messages == messages)
        #expect(Set(outcome.codes) == [.sectionEmpty])
    }

    @Test
    func `a carriage return alone ends a marker's line in PostgreSQL, and its section is kept`() {
        let outcome = ParseOutcome("-- Up Migration\rSELECT 1;\r-- Down Migration\rSELECT 2;\r")
        #expect(outcome.report == "")
        #expect(outcome.upTexts == ["SELECT 1"])
        #expect(outcome.downTexts == ["SELECT 2"])
    }

    @Test func `a section reaches from behind its marker's line to the next marker`() throws {
        let text = "-- Up Migration\r\nA;\r\n  -- Down Migration\r\nB\r\n"
        let migration = try #require(ParseOutcome(text).migration)
        #expect(migration.source.text(migration.up.section) == "A;\r\n  ")
        #expect(migration.up.line == 2)
        let down = try #require(migration.down)
        #expect(migration.source.text(down.section) == "B\r\n")
        #expect(down.line == 4)
        #expect(down.statements(in: migration.source).map(\.line) == [4])
    }

    @Test func `F50 a last statement needs no semicolon`() {
        let outcome = ParseOutcome("-- Up Migration\nSELECT 1\n-- Down Migration\nSELECT 2")
        #expect(outcome.upTexts == ["SELECT 1"])
        #expect(outcome.downTexts == ["SELECT 2"])
    }

    @Test func `what follows an unterminated token is not judged`() {
        #expect(ParseOutcome(up: "SELECT 'a", down: "").codes == [.unterminatedToken])
    }

    @Test func `F44 COPY data without an end are named when they swallow the down marker`() {
        let outcome = ParseOutcome(
            "-- Up Migration\nCOPY t FROM STDIN;\n1\n-- Down Migration\nSELECT 2;\n",
            dialect: .postgres)
        #expect(
            outcome.report.contains("the data of the COPY in line 2 run to the end of the file"))
    }
}
