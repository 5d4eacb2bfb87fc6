import ApusCore
import Testing

@Suite struct DirectiveTests {
    @Test(arguments: [
        "-- apus: no-transaction", "-- apus:no-transaction", "--apus:   no-transaction  \t",
        "  -- APUS: no-transaction",
    ])
    func `no-transaction holds for its section`(line: String) throws {
        let migration = try #require(ParseOutcome(up: "\(line)\nVACUUM;").migration)
        #expect(migration.up.transaction == .none)
        #expect(migration.down?.transaction == .wrapped)
    }

    @Test func `a directive in the header holds for both sections`() throws {
        let migration = try #require(
            ParseOutcome(
                header: "-- apus: no-transaction\n-- apus: lock-timeout 5s",
                down: "-- apus: lock-timeout 1min\nDROP TABLE t;"
            ).migration)
        #expect(migration.up.transaction == .none)
        #expect(migration.down?.transaction == Script.Transaction.none)
        #expect(migration.up.lockTimeout == .seconds(5))
        #expect(migration.down?.lockTimeout == .seconds(60))
    }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("5s", .seconds(5)), ("10min", .seconds(600)),
        ("2h", .seconds(7200)), ("0", .zero), ("0s", .zero),
    ])
    func `time limits are durations`(text: String, duration: Duration) throws {
        let migration = try #require(
            ParseOutcome(up: "-- apus: statement-timeout \(text)\nSELECT 1;").migration)
        #expect(migration.up.statementTimeout == duration)
        #expect(migration.down?.statementTimeout == nil)
    }

    @Test func `depends-on names ids, versions with names, or none`() throws {
        func dependencies(_ line: String) throws -> Migration.Dependencies {
            try #require(ParseOutcome(up: "\(line)\nSELECT 1;").migration).dependencies
        }
        let path = "migrations/\(ParseOutcome.fileName)"
        #expect(try dependencies("") == .allBefore)
        #expect(try dependencies("-- apus: depends-on none") == .declared([]))
        #expect(
            try dependencies("-- apus: depends-on 20250101_000000_1.0.0_a, 1.1.0/b  1.1.0/c")
                == .declared(
                    ["20250101_000000_1.0.0_a", "1.1.0/b", "1.1.0/c"].map {
                        Migration.Reference(text: $0, location: SourceLocation(file: path, line: 2))
                    }))
    }

    @Test func `each directive but an allowance is kept with its place`() throws {
        let migration = try #require(
            ParseOutcome(
                header: "-- apus: lock-timeout 0",
                up: "-- apus: allow drop-cascade why\n-- apus: statement-timeout 1s\nSELECT 1;",
                down: "-- apus: no-transaction\nVACUUM;"
            ).migration)
        #expect(
            migration.directives.map(\.directive) == [
                .lockTimeout(.zero), .statementTimeout(.seconds(1)), .noTransaction,
            ])
        #expect(migration.directives.map(\.section) == [nil, .up, .down])
        #expect(
            migration.directives.map { migration.source.text($0.range) } == [
                "-- apus: lock-timeout 0", "-- apus: statement-timeout 1s",
                "-- apus: no-transaction",
            ])
    }

    @Test func `minimum-application and allow are kept`() throws {
        let migration = try #require(
            ParseOutcome(
                header: "-- apus: minimum-application 1.4.0-rc.1",
                up: "-- apus: allow drop-table it is empty\nSELECT 1;",
                down: "-- apus: allow drop-table  nobody asks  \nSELECT 1;"
            ).migration)
        #expect(migration.minimumApplication == SemanticVersion("1.4.0-rc.1"))
        #expect(migration.allowances.map(\.rule) == ["drop-table", "drop-table"])
        #expect(migration.allowances.map(\.reason) == ["it is empty", "nobody asks"])
        #expect(migration.allowances.map(\.location.line) == [3, 6])
    }

    @Test(arguments: [
        ("-- apus: irreversible rows are gone for good\n", ""),
        ("", "-- apus: irreversible rows are gone for good"),
    ])
    func `F51 an irreversible migration says why`(header: String, down: String) throws {
        let migration = try #require(ParseOutcome(header: header, down: down).migration)
        #expect(migration.irreversibleReason == "rows are gone for good")
        #expect(migration.down == nil)
    }

    @Test func `F51 an irreversible migration needs no down marker`() throws {
        let text = "-- apus: irreversible gone\n-- Up Migration\nDROP TABLE t;\n"
        #expect(try #require(ParseOutcome(text).migration).irreversibleReason == "gone")
    }

    @Test(arguments: [
        (
            "no-transactions", "unknown directive `no-transactions`",
            "did you mean `no-transaction`?"
        ),
        ("depend-on none", "unknown directive `depend-on`", "did you mean `depends-on`?"),
        ("locktimeout 5s", "unknown directive `locktimeout`", "did you mean `lock-timeout`?"),
        ("No-Transaction", "unknown directive `No-Transaction`", "did you mean `no-transaction`?"),
        ("frobnicate", "unknown directive `frobnicate`", nil),
    ])
    func `an unknown directive is an error with the nearest`(
        directive: String, message: String, hint: String?
    ) {
        let outcome = ParseOutcome(up: "-- apus: \(directive)\nSELECT 1;")
        #expect(outcome.messages == ["2:1 \(message)"])
        #expect(outcome.problems.first?.hint == hint)
        #expect(outcome.codes == [.directiveUnknown])
    }

    @Test func `an unknown directive is marked`() {
        #expect(
            ParseOutcome(up: "  -- apus: no-transactions\nSELECT 1;").report == """
                error[directive-unknown]: unknown directive `no-transactions`
                 --> migrations/20250115_103000_1.2.0_add_languages.sql:2:3
                  |
                2 |   -- apus: no-transactions
                  |   ^^^^^^^^^^^^^^^^^^^^^^^^ did you mean `no-transaction`?
                next:  known directives: no-transaction, irreversible, depends-on, lock-timeout, statement-timeout, minimum-application, allow, batch, verify, requires-complete
                """)
    }

    @Test(arguments: [
        ("", "a directive needs a word behind `-- apus:`"),
        ("no-transaction please", "`no-transaction` takes no argument"),
        (
            "lock-timeout",
            "`lock-timeout` needs a duration such as 500ms, 5s, 10min or 1h, not \"\""
        ),
        (
            "lock-timeout 5",
            "`lock-timeout` needs a duration such as 500ms, 5s, 10min or 1h, not \"5\""
        ),
        (
            "statement-timeout -5s",
            "`statement-timeout` needs a duration such as 500ms, 5s, 10min or 1h, not \"-5s\""
        ),
        (
            "statement-timeout 99999999999999999999s",
            "`statement-timeout` needs a duration such as 500ms, 5s, 10min or 1h, not \"99999999999999999999s\""
        ),
        ("minimum-application 1.2", "`minimum-application` needs a semantic version, not \"1.2\""),
        ("depends-on", "`depends-on` needs ids, VERSION/NAME, or `none`"),
        ("depends-on none 1.0.0/a", "`depends-on none` excludes every other dependency"),
        ("allow drop-table", "`allow` needs a rule and a reason"),
        ("irreversible", "`irreversible` needs a reason"),
        (
            "irreversible because",
            "`irreversible` stands once, in the header or below the down marker"
        ),
    ])
    func `a wrong directive says what it needs`(directive: String, message: String) {
        let outcome = ParseOutcome(up: "-- apus: \(directive)\nSELECT 1;")
        #expect(outcome.messages == ["2:1 \(message)"])
        #expect(outcome.codes == [.directiveInvalid])
    }

    @Test(arguments: [
        ("depends-on none", "`depends-on` stands once, in the header or below the up marker"),
        (
            "minimum-application 1.0.0",
            "`minimum-application` stands once, in the header or below the up marker"
        ),
    ])
    func `what concerns the whole migration does not stand in its down section`(
        directive: String, message: String
    ) {
        let outcome = ParseOutcome(down: "-- apus: \(directive)\nDROP TABLE t;")
        #expect(outcome.messages == ["4:1 \(message)"])
    }

    @Test func `a directive behind a statement is refused`() {
        let outcome = ParseOutcome(
            up: "SELECT 1;\n-- a word\n-- apus: no-transaction\nSELECT 2;",
            down: "SELECT 1;\n-- apus: nonsense")
        #expect(
            outcome.messages == [
                "4:1 a directive stands in the header or directly below a section's marker, before its first statement",
                "8:1 unknown directive `nonsense`",
            ])
    }

    @Test(arguments: [
        "no-transaction", "lock-timeout 5s", "statement-timeout 5s", "depends-on none",
        "minimum-application 1.0.0",
    ])
    func `a directive stands once in a place`(directive: String) {
        let line = "-- apus: \(directive)"
        let outcome = ParseOutcome(up: "\(line)\n\(line)\nSELECT 1;")
        #expect(outcome.problems.map(\.location?.line) == [3])
        #expect(outcome.codes == [.directiveInvalid])
    }

    @Test func `irreversible contradicts a down section`() {
        let outcome = ParseOutcome(down: "-- apus: irreversible why\nDROP TABLE t;")
        #expect(
            outcome.messages == [
                "4:1 the migration is declared irreversible, and has a down section"
            ])
    }

    @Test func `an allowance covers what it stands above`() throws {
        let outcome = ParseOutcome(
            header: "-- apus: allow a in the header",
            up: """
                -- apus: allow b in the head
                -- more of the head
                -- apus: allow c in the head as well
                SELECT 1;
                -- apus: allow d above a statement
                -- apus: allow e above the same one
                SELECT 2;
                """,
            down: """

                -- apus: allow f above the first statement
                SELECT 1;

                  -- apus: allow g above another

                -- a word
                SELECT 2;
                """)
        #expect(
            outcome.messages == [
                "15:3 an `allow` stands right above its statement, or above the first one of its section"
            ])
        let migration = try #require(
            ParseOutcome(
                header: "-- apus: allow a in the header",
                up:
                    "-- apus: allow b in the head\n-- more of it\n-- apus: allow c in it\nSELECT 1;\n-- apus: allow d above\n-- apus: allow e above\nSELECT 2;",
                down:
                    "\n-- apus: allow f above\nSELECT 1;\n"
            ).migration)
        let scopes = migration.allowances.map { allowance in
            switch allowance.scope {
            case .migration: "migration"
            case .section(let direction): "\(direction)"
            case .statement(let direction, let offset):
                "\(direction) \(migration.source.text(offset..<offset + 8))"
            }
        }
        #expect(
            scopes == ["migration", "up", "up", "up SELECT 2", "up SELECT 2", "down SELECT 1"])
    }

    @Test func `an allowance apart from the first statement covers the section`() throws {
        let migration = try #require(
            ParseOutcome(up: "\n-- apus: allow a why\n\nSELECT 1;\nSELECT 2;").migration)
        #expect(migration.allowances.map(\.scope) == [.section(.up)])
    }

    @Test func `ordinary comments are no directives`() {
        let up = "-- apus is a bird\n-- see apus: no\n/* apus: no */\n# SELECT 1;"
            .replacing("# ", with: "")
        #expect(ParseOutcome(up: up).report == "")
    }

    @Test func `all problems are told at once, in the order of the file`() {
        let outcome = ParseOutcome(
            header: "-- Migration: 1.2.1 - add_languages\n-- apus: lock-timeout soon",
            up: "-- apus: allwo x y\nVACUUM t; COMMIT;", down: "-- apus: irreversible")
        #expect(
            outcome.messages == [
                "1:1 the header says \"1.2.1 - add_languages\", the file name says \"1.2.0 - add_languages\"",
                "2:1 `lock-timeout` needs a duration such as 500ms, 5s, 10min or 1h, not \"soon\"",
                "4:1 unknown directive `allwo`",
                "5:1 VACUUM cannot run inside a transaction",
                "5:11 transaction control inside a migration: COMMIT would end or split the transaction that Apus opens",
                "6:1 the down section holds no statement",
                "7:1 `irreversible` needs a reason",
            ])
    }
}
