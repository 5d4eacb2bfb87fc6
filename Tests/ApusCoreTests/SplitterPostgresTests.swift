import ApusCore
import Testing

@Suite struct SplitterPostgresTests {
    // Scripts, and what are their statements: every listed text is one.

    typealias Case = (String, [String])

    static let comments: [Case] = [
        ("SELECT 1 -- it's; fine\n; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT /* ; ' */ 1; SELECT 2;", ["SELECT /* ; ' */ 1", "SELECT 2"]),
        ("/* a /* b; */ c; */ SELECT 1;", ["SELECT 1"]),
        ("SELECT 1 /*/ ; */; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT 4 @-- ;\n 5; SELECT 2", ["SELECT 4 @-- ;\n 5", "SELECT 2"]),
        ("SELECT 4 +/* ; */ 5; SELECT 2", ["SELECT 4 +/* ; */ 5", "SELECT 2"]),
        ("SELECT 1 -- old Mac\r; SELECT 2", ["SELECT 1", "SELECT 2"]),
    ]

    static let strings: [Case] = [
        (#"SELECT E'\''; SELECT 2"#, [#"SELECT E'\''"#, "SELECT 2"]),
        (#"SELECT e'\\'; SELECT 2"#, [#"SELECT e'\\'"#, "SELECT 2"]),
        (#"SELECT '\'; SELECT 2"#, [#"SELECT '\'"#, "SELECT 2"]),
        ("SELECT 'it''s;'; SELECT 2", ["SELECT 'it''s;'", "SELECT 2"]),
        (#"SELECT U&'d\0061t\+000061;'; SELECT 2"#, [#"SELECT U&'d\0061t\+000061;'"#, "SELECT 2"]),
        (#"SELECT U&'\'; SELECT 2"#, [#"SELECT U&'\'"#, "SELECT 2"]),
        ("SELECT B'01', X'1F', N'a;b'; SELECT 2", ["SELECT B'01', X'1F', N'a;b'", "SELECT 2"]),
        (
            #"SELECT "a;b""c;", U&"d;\0061"; SELECT 2"#,
            [#"SELECT "a;b""c;", U&"d;\0061""#, "SELECT 2"]
        ),
        (#"SELECT name'\'; SELECT 2"#, [#"SELECT name'\'"#, "SELECT 2"]),
        // A string goes on after a line break in the style that it began with.
        ("SELECT E'a'\n'\\'; '; SELECT 2", ["SELECT E'a'\n'\\'; '", "SELECT 2"]),
        ("SELECT E'a' -- c;\n '\\';'; SELECT 2", ["SELECT E'a' -- c;\n '\\';'", "SELECT 2"]),
        ("SELECT E'a', '\\'; SELECT 2", ["SELECT E'a', '\\'", "SELECT 2"]),
    ]

    static let atomicBodies: [Case] = [
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3",
            ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "SELECT 3"]
        ),
        (
            "create or replace procedure p() begin /* x */ atomic select case when a then 1 end; end; x",
            [
                "create or replace procedure p() begin /* x */ atomic select case when a then 1 end; end",
                "x",
            ]
        ),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC END; SELECT 3",
            ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC END", "SELECT 3"]
        ),
        (
            "CREATE FUNCTION begin(atomic int) RETURNS int AS 'x'; SELECT 2",
            ["CREATE FUNCTION begin(atomic int) RETURNS int AS 'x'", "SELECT 2"]
        ),
        (
            "CREATE FUNCTION atomic_begin() RETURNS \"begin\" LANGUAGE atomic AS ''; SELECT 2",
            ["CREATE FUNCTION atomic_begin() RETURNS \"begin\" LANGUAGE atomic AS ''", "SELECT 2"]
        ),
        (
            "CREATE FUNCTION f() RETURNS begin SET x = begin BEGIN ATOMIC SELECT begin atomic; END; x",
            [
                "CREATE FUNCTION f() RETURNS begin SET x = begin BEGIN ATOMIC SELECT begin atomic; END",
                "x",
            ]
        ),
        ("SELECT begin atomic FROM t; SELECT 2", ["SELECT begin atomic FROM t", "SELECT 2"]),
        (
            "CREATE TABLE begin (atomic int); END; x",
            ["CREATE TABLE begin (atomic int)", "END", "x"]
        ),
        ("BEGIN; SELECT 1; END; x", ["BEGIN", "SELECT 1", "END", "x"]),
    ]

    static let dollarQuotes: [Case] = [
        (
            "DO $a$ BEGIN EXECUTE $b$ ; $$ ; $b$; END $a$; SELECT 2",
            ["DO $a$ BEGIN EXECUTE $b$ ; $$ ; $b$; END $a$", "SELECT 2"]
        ),
        ("SELECT $$a;$ $x$ ;$$; SELECT 2", ["SELECT $$a;$ $x$ ;$$", "SELECT 2"]),
        ("SELECT $d$;$junk$d$; SELECT 2", ["SELECT $d$;$junk$d$", "SELECT 2"]),
        ("SELECT a$b$ ; SELECT c$b$", ["SELECT a$b$", "SELECT c$b$"]),
        ("PREPARE p AS SELECT $1$x$;$x$; y", ["PREPARE p AS SELECT $1$x$;$x$", "y"]),
        ("SELECT $é_1$;$é$;$é_1$; SELECT 2", ["SELECT $é_1$;$é$;$é_1$", "SELECT 2"]),
        ("SELECT $1, 1$a$;$a$; y", ["SELECT $1, 1$a$;$a$", "y"]),
    ]

    static let parentheses: [Case] = [
        (
            "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); DELETE FROM v); x",
            [
                "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); DELETE FROM v)",
                "x",
            ]
        ),
        ("SELECT 1); SELECT 2", ["SELECT 1)", "SELECT 2"]),
    ]

    static let endings: [Case] = [
        ("SELECT 1", ["SELECT 1"]),
        (";;  ; SELECT 1;; -- c\n ;", ["SELECT 1"]),
        ("", []),
        ("-- only a comment", []),
        ("SELECT 1 /* at the end */ -- and here", ["SELECT 1"]),
        (
            "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1",
            ["CREATE FUNCTION f() BEGIN ATOMIC SELECT 1"]
        ),
        // Variables of psql are left alone.
        ("SELECT :name, :'x;', :\"y;\"; z", ["SELECT :name, :'x;', :\"y;\"", "z"]),
        ("SELECT größe FROM straße; ñ", ["SELECT größe FROM straße", "ñ"]),
    ]

    static let cases =
        comments + strings + atomicBodies + dollarQuotes + parentheses + endings

    private func check(_ script: String, _ expected: [String]) {
        let outcome = SplitOutcome(script)
        #expect(outcome.failure == nil)
        #expect(outcome.texts == expected)
    }

    @Test(arguments: comments)
    func `F38 semicolons and quotes in comments end nothing`(_ script: String, _ expected: [String])
    {
        check(script, expected)
    }

    @Test(arguments: strings)
    func `F39 a string ends where PostgreSQL ends it`(_ script: String, _ expected: [String]) {
        check(script, expected)
    }

    @Test(arguments: atomicBodies)
    func `F40 a BEGIN ATOMIC body is one statement, and names are names`(
        _ script: String, _ expected: [String]
    ) {
        check(script, expected)
    }

    @Test(arguments: dollarQuotes)
    func `F41 dollar quotes hold other dollar quotes`(_ script: String, _ expected: [String]) {
        check(script, expected)
    }

    @Test(arguments: parentheses)
    func `F43 a semicolon in parentheses ends nothing`(_ script: String, _ expected: [String]) {
        check(script, expected)
    }

    @Test(arguments: endings)
    func `F50 a statement needs no semicolon, and nothing is no statement`(
        _ script: String, _ expected: [String]
    ) {
        check(script, expected)
    }

    @Test(arguments: cases)
    func `line endings of a Windows checkout change neither count nor meaning`(
        _ script: String, _ expected: [String]
    ) {
        let lf = SplitOutcome(script)
        let crlf = SplitOutcome(script.replacingLineFeeds(by: "\r\n"))
        #expect(crlf.texts.count == expected.count)
        #expect(crlf.meaning == lf.meaning)
    }

    /// F42: each script ends with a string that holds `\'` where the setting is off.
    static let settings: [(String, Bool)] = [
        ("SET standard_conforming_strings = off;", false),
        ("set session Standard_Conforming_Strings to 'off' ;", false),
        ("SET LOCAL standard_conforming_strings TO no;", false),
        ("SET \"standard_conforming_strings\" = 0;", false),
        ("SET standard_conforming_strings = off; SET standard_conforming_strings = on;", true),
        (
            "SET standard_conforming_strings = off; SET standard_conforming_strings TO DEFAULT;",
            true
        ),
        ("SET standard_conforming_strings = off; RESET standard_conforming_strings;", true),
        ("SET standard_conforming_strings = off; RESET ALL;", true),
        ("SET standard_conforming_strings = off; DISCARD ALL;", true),
        ("SET standard_conforming_strings = off; RESET search_path;", false),
        ("BEGIN; SET LOCAL standard_conforming_strings = off; COMMIT;", true),
        ("SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false);", false),
        (
            "SELECT set_config('a','b',true), set_config('standard_conforming_strings','off',true);",
            false
        ),
        ("SELECT set_config('search_path', '', false);", true),
        ("SELECT 'standard_conforming_strings', 'off';", true),
        ("CREATE FUNCTION f() RETURNS int SET standard_conforming_strings = off AS 'x';", true),
        ("ALTER ROLE r SET standard_conforming_strings = off;", true),
        ("SET standard_conforming_strings = off;\n-- Down Migration\n", true),
    ]

    @Test(arguments: settings)
    func `F42: standard_conforming_strings decides what a backslash does`(
        _ script: String, _ isStandard: Bool
    ) {
        let before = SplitOutcome(script).texts
        let standard = SplitOutcome(script + #" SELECT '\'; SELECT 'x'"#)
        let escaping = SplitOutcome(script + #" SELECT '\';', N'\';'; SELECT 'x'"#)
        if isStandard {
            #expect(standard.texts == before + [#"SELECT '\'"#, "SELECT 'x'"])
        } else {
            #expect(escaping.texts == before + [#"SELECT '\';', N'\';'"#, "SELECT 'x'"])
        }
    }

    @Test func `a statement knows its line and column, counted in characters`() {
        let outcome = SplitOutcome("-- é\n  SELECT 'é€𝄞'; SELECT 2;\r\n\tSELECT\n 3")
        #expect(outcome.statements.map(\.line) == [2, 2, 3])
        #expect(outcome.statements.map(\.column) == [3, 17, 2])
    }

    @Test func `a part of a file is split with its own first line`() throws {
        let script = Array("SELECT 1;\nSELECT 2;\nSELECT 3;".utf8)
        var splitter = StatementSplitter(dialect: .postgres, from: 10, to: 19, line: 2)
        let item = try splitter.next(in: script.span)
        #expect(item == .statement(Statement(range: 10..<18, line: 2, column: 1, kind: .plain)))
        #expect(try splitter.next(in: script.span) == nil)
    }

    @Test func `F46: a byte order mark is taken off once`() {
        let outcome = SplitOutcome("\u{FEFF}SELECT 1;")
        #expect(outcome.statements.map(\.range) == [3..<11])
        #expect(outcome.statements.map(\.column) == [1])
        #expect(SplitOutcome("\u{FEFF}  -- Up Migration\n").markers == [.up])
    }
}

extension String {
    func replacingLineFeeds(by ending: String) -> String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(separator: ending)
    }
}
