import ApusCore
import Testing

@testable import ApusLint

@Suite struct AllowanceTests {
    private let tables = "CREATE TABLE a (id int);\nCREATE TABLE b (id int);"

    private func lines(
        up: String, down: String = "SELECT undone();", header: String = "", lint: Lint = Lint()
    ) throws -> [String] {
        let migrations = [
            try Migration.of("1.0.0", up: tables),
            try Migration.of("1.1.0", up: up, down: down, header: header),
        ]
        return lint.report(on: migrations).lines
    }

    @Test func `right above a statement it covers that statement`() throws {
        let found = try lines(
            up: "\n-- apus: allow drop-table-loses-data it is empty\nDROP TABLE a;\nDROP TABLE b;")
        #expect(found == ["error drop-table-loses-data 5"])
    }

    @Test func `behind other statements and among comments as well`() throws {
        let found = try lines(
            up: """
                DROP TABLE b;
                -- a word
                -- apus: allow drop-table-loses-data it is empty
                -- another word
                DROP TABLE a;
                """)
        #expect(found == ["error drop-table-loses-data 2"])
    }

    @Test func `in a section's head it covers the section`() throws {
        let found = try lines(
            up:
                "-- apus: allow drop-table-loses-data they are empty\n\nDROP TABLE a;\nDROP TABLE b;",
            down: "CREATE TABLE b (id int); CREATE TABLE a (id int);")
        #expect(found == [])
    }

    @Test func `in the header it covers both sections`() throws {
        let found = try lines(
            up: "DROP TABLE a;", down: "CREATE TABLE a (id int); DROP TABLE b;",
            header: "-- apus: allow drop-table-loses-data they are empty\n")
        #expect(found == [])
    }

    @Test func `for another rule it covers nothing, and is not needed`() throws {
        let found = try lines(
            up: "\n-- apus: allow drop-column-loses-data it is empty\nDROP TABLE a;")
        #expect(found == ["warning unused-allowance 3", "error drop-table-loses-data 4"])
    }

    @Test func `the narrowest one is the one that is used`() throws {
        let found = try lines(
            up: """
                -- apus: allow drop-table-loses-data they are empty

                -- apus: allow drop-table-loses-data this one above all
                DROP TABLE a;
                """)
        #expect(found == ["warning unused-allowance 2"])
    }

    @Test func `for a rule that does not exist it is an error with the nearest name`() throws {
        let migration = try Migration.of(
            up: "-- apus: allow drop-table-looses-data why\nSELECT 1;")
        let finding = try #require(Lint().report(on: [migration]).findings.first)
        #expect(finding.rule == "unknown-rule" && finding.severity == .error)
        #expect(
            finding.message
                == "there is no rule `drop-table-looses-data`, did you mean `drop-table-loses-data`?"
        )
    }

    @Test func `for a rule that is switched off it is left alone`() throws {
        let lint = Lint(
            configuration: LintConfiguration(levels: ["drop-table-loses-data": .off]))
        let found = try lines(
            up: "\n-- apus: allow drop-table-loses-data it is empty\nDROP TABLE a;", lint: lint)
        #expect(found == [])
    }

    @Test func `whether it is needed is not judged by one database's facts`() throws {
        let lint = Lint(statistics: DatabaseStatistics(serverVersion: 15, tables: []))
        #expect(
            try lines(
                up: "\n-- apus: allow drop-column-loses-data why\nSELECT 1;", lint: lint) == [])
    }
}
