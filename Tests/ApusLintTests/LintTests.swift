import ApusCore
import Testing

@testable import ApusLint

@Suite struct LintTests {
    private let guests = "CREATE TABLE guests (id bigint, phone varchar(20));"
    private let index = "CREATE INDEX guests_phone_idx ON guests (phone);"

    private func migrations(_ up: String, down: String = "SELECT undone();") throws -> [Migration] {
        [try .of("1.0.0", up: guests), try .of("1.1.0", up: up, down: down)]
    }

    @Test func `a table of an earlier migration is taken to be in use`() throws {
        #expect(
            try Lint().report(on: migrations(index)).lines == ["error index-without-concurrently 2"]
        )
    }

    @Test func `a table that is made where it is missing is no new one`() throws {
        let found = try Lint().report(
            on: migrations("CREATE TABLE IF NOT EXISTS guests (id bigint);\n\(index)"))
        #expect(found.lines == ["error index-without-concurrently 3"])
    }

    @Test func `an index that a later migration builds counts for a foreign key`() throws {
        let trips = "CREATE TABLE trips (id bigint PRIMARY KEY);"
        let key = "CREATE TABLE stays (trip_id bigint REFERENCES trips (id));"
        let two = [try Migration.of("1.0.0", up: trips), try .of("1.1.0", up: key)]
        #expect(Lint().report(on: two).lines == ["warning foreign-key-without-index 2"])
        let index = try Migration.of("1.2.0", up: "CREATE INDEX i ON stays (trip_id);")
        let lint = Lint(selection: Set(two.map(\.id)))
        #expect(lint.report(on: two + [index]).lines == [])
        // An index that is dropped again does not.
        let drop = try Migration.of("1.3.0", up: "DROP INDEX i;")
        #expect(
            lint.report(on: two + [index, drop]).lines == ["warning foreign-key-without-index 2"])
    }

    @Test func `what belongs to a role is dropped with its rows`() throws {
        let found = try Lint().report(on: migrations("DROP OWNED BY clerk, CURRENT_USER;"))
        #expect(found.lines == ["error drop-table-loses-data 2"])
        #expect(
            found.findings[0].message
                == "the rows of every table here that belongs to clerk, the role that runs this are lost"
        )
    }

    @Test func `rows that are all changed under a lock are objected to once`() throws {
        let found = try Lint().report(
            on: migrations("ALTER TABLE guests ADD c int;\nUPDATE guests SET c = 1;"))
        #expect(found.lines == ["warning rows-changed-all-at-once 3"])
    }

    @Test func `a batched statement is examined, its open places and all`() throws {
        let batch = "-- apus: batch table=guests key=id\n"
        func report(_ sql: String) throws -> LintReport {
            try Lint().report(on: migrations(batch + sql))
        }
        let fill = try report("UPDATE guests SET phone = '' WHERE id BETWEEN :start AND :end;")
        #expect(fill.lines == [] && fill.notExamined == 0)
        let wrong = try report("UPDATE guests SET WHERE (id) BETWEEN (:start) AND (:end);")
        #expect(wrong.notExamined == 1)
        let all = try report(
            "UPDATE guests SET phone = (SELECT 'x' WHERE 1 BETWEEN :start AND :end);")
        #expect(all.lines == ["warning rows-changed-all-at-once 3"])
    }

    @Test func `what the same plan makes is known to be empty`() throws {
        let all = try migrations(index)
        #expect(Lint(plan: Set(all.map(\.id))).report(on: all).lines == [])
        #expect(
            Lint(plan: [all[1].id]).report(on: all).lines == ["error index-without-concurrently 2"])
    }

    @Test func `a migration that is not selected says what the schema is and is not judged`() throws
    {
        let all = try migrations(index)
        let report = Lint(selection: [all[0].id]).report(on: all)
        #expect(report.lines == [] && report.migrations == 1 && report.statements == 2)
    }

    @Test func `a small table makes it a notice, a large one says how large`() throws {
        func report(_ rows: Int64, _ bytes: Int64) throws -> LintReport {
            let table = TableStatistics(
                schema: "public", name: "guests", rows: rows, bytes: bytes, reads: 7, writes: 5)
            return Lint(statistics: DatabaseStatistics(serverVersion: 15, tables: [table]))
                .report(on: try migrations(index))
        }
        #expect(try report(200, 48_000).lines == ["notice index-without-concurrently 2"])
        let large = try report(1_204_331, 312_400_000)
        #expect(large.lines == ["error index-without-concurrently 2"])
        #expect(
            large.findings[0].details == [
                "in the target database guests has about 1204331 rows, 312.4 MB, and saw 5 writes and 7 scans since the server began to count"
            ])
    }

    @Test func `the project decides how much a rule weighs`() throws {
        func lines(_ level: RuleLevel) throws -> [String] {
            Lint(configuration: LintConfiguration(levels: ["index-without-concurrently": level]))
                .report(on: try migrations(index)).lines
        }
        #expect(try lines(.off) == [])
        #expect(try lines(.notice) == ["notice index-without-concurrently 2"])
        #expect(try lines(.warning) == ["warning index-without-concurrently 2"])
    }

    @Test func `what a down section undoes is one notice, whatever the level`() throws {
        let migration = try Migration.of(
            up: "CREATE TABLE a (id int);\nCREATE TABLE b (id int);",
            down: "DROP TABLE b;\nDROP TABLE a;")
        let findings = Lint().report(on: [migration]).findings
        #expect(findings.map(\.severity) == [.notice])
        #expect(findings[0].details == ["the same in line 6"])
        #expect(findings[0].direction == .down)
    }

    @Test func `a down section that drops what another migration made is an error`() throws {
        let found = try Lint().report(on: migrations("SELECT 1;", down: "DROP TABLE guests;"))
        #expect(found.lines == ["error drop-table-loses-data 4"])
    }

    @Test func `a statement that the grammar does not take is never called clean`() throws {
        let migration = try Migration.of(
            up: "CREATE TABLE a (id int);\nALTER TABLE a ADD CONSTRAINT n NOT NULL id NOT VALID;")
        let report = Lint().report(on: [migration])
        #expect(report.lines == ["notice not-examined 3"])
        #expect(report.notExamined == 1 && report.statements == 3)
        #expect(
            report.findings[0].message
                == "the grammar of PostgreSQL 15 does not take this statement: syntax error at or near \"NOT\""
        )
        #expect(report.findings[0].location.column == 32)
    }

    @Test func `the place of an action is its own line and column, behind letters of any length`()
        throws
    {
        let text = """
            ALTER TABLE "gäste"
                ADD COLUMN note text DEFAULT 'a, (b',
                DROP COLUMN phone;
            """
        let all = [
            try Migration.of("1.0.0", up: "CREATE TABLE \"gäste\" (phone text);"),
            try Migration.of("1.1.0", up: text),
        ]
        let finding = try #require(Lint().report(on: all).findings.first)
        #expect(finding.location.line == 4 && finding.location.column == 5)
        #expect(finding.excerpt.length == "DROP COLUMN phone".count)
    }

    @Test func `a limit that the header lifts is lifted in each section that may make others wait`()
        throws
    {
        func lines(_ up: String, down: String) throws -> [String] {
            Lint().report(
                on: [try .of(up: up, down: down, header: "-- apus: lock-timeout 0\n")]
            ).lines.filter { $0.contains("lock-timeout-lifted") }
        }
        let add = "ALTER TABLE guests ADD COLUMN a int;"
        #expect(try lines(add, down: "SELECT undone();") == ["error lock-timeout-lifted 1"])
        #expect(try lines("SELECT 1;", down: "SELECT undone();") == [])
        #expect(
            try lines("-- apus: lock-timeout 2s\n\(add)", down: "SELECT undone();") == [])
    }

    @Test func `a project without a limit is told so, once a section`() throws {
        var lint = Lint()
        lint.configuration.lockTimeout = .zero
        let change = "ALTER TABLE guests ADD COLUMN a int;\nALTER TABLE guests ADD COLUMN b int;"
        lint.selection = try Set(migrations(change).suffix(1).map(\.id))
        #expect(try lint.report(on: migrations(change)).lines == ["warning lock-timeout-lifted 2"])
        let limited = "-- apus: lock-timeout 2s\n\(change)"
        #expect(try lint.report(on: migrations(limited)).lines == [])
    }

    @Test func `a key of a table to itself makes nobody wait twice`() throws {
        let found = try Lint().report(
            on: migrations("ALTER TABLE guests ADD FOREIGN KEY (id) REFERENCES guests (id);"))
        #expect(
            found.findings.map(\.message).contains(
                "writes to guests wait while this foreign key reads all rows"))
    }

    @Test func `a lock timeout is followed through its section`() throws {
        func timeouts(_ up: String, directive: Bool = false) throws -> [Duration?] {
            let seen = Seen()
            var lint = Lint()
            lint.rules = [seen.rule]
            _ = lint.report(on: [try .of(up: up)])
            return seen.timeouts
        }
        #expect(
            try timeouts(
                "SELECT 1; SET LOCAL lock_timeout = '2s'; SELECT 2; RESET lock_timeout; SELECT 3;")
                == [.seconds(5), .seconds(5), .seconds(2), .seconds(2), nil, .seconds(5)])
        #expect(
            try timeouts("SET lock_timeout TO 0; SELECT 1;") == [.seconds(5), nil, .seconds(5)])
        #expect(
            try timeouts(
                "SELECT set_config('lock_timeout', '0', true), set_config('other', '1', true); SELECT 1;"
            ) == [.seconds(5), nil, .seconds(5)])
        #expect(
            try timeouts("SELECT set_config('lock_timeout', '1' || 's', true); SELECT 1;") == [
                .seconds(5), .seconds(5), .seconds(5),
            ])
        #expect(
            try timeouts("-- apus: lock-timeout 1min\nSELECT 1;") == [.seconds(60), .seconds(5)])
    }
}

/// A rule that objects to nothing and remembers what it saw.
private final class Seen: @unchecked Sendable {
    // `@unchecked Sendable` because lint asks its rules one after the other, on one thread.
    var timeouts: [Duration?] = []

    var rule: Rule {
        Rule(
            "sees-everything", .postgres, level: .notice, summary: "",
            page: .init(why: "", instead: "", references: []), examples: [],
            check: .statement { subject in
                self.timeouts.append(subject.lockTimeout)
                return []
            })
    }
}
