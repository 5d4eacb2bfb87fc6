import ApusCore
import Testing

@Suite struct SplitterSQLiteTests {
    static let cases: [(String, [String])] = [
        ("SELECT 'it''s;', \"a;\", `b;`, [c;]; x", ["SELECT 'it''s;', \"a;\", `b;`, [c;]", "x"]),
        (#"SELECT '\'; x"#, [#"SELECT '\'"#, "x"]),
        ("SELECT x'00', X'ff'; y", ["SELECT x'00', X'ff'", "y"]),
        ("/* /* ; */ SELECT 1; x", ["SELECT 1", "x"]),
        ("SELECT 1 /* ; not closed", ["SELECT 1"]),
        ("SELECT 1 -- ;\r\n; x", ["SELECT 1", "x"]),
        ("SELECT (1; 2); x", ["SELECT (1", "2)", "x"]),
        ("SELECT ?1, :a, @b, $c; x", ["SELECT ?1, :a, @b, $c", "x"]),
        ("SELECT a->>'$.b;', c->'d'; x", ["SELECT a->>'$.b;', c->'d'", "x"]),
        ("SELECT 1 BEGIN ATOMIC; x", ["SELECT 1 BEGIN ATOMIC", "x"]),
        ("# a comment of the shell; it's\nSELECT 1; x", ["SELECT 1", "x"]),
        ("COPY t FROM STDIN;\nx", ["COPY t FROM STDIN", "x"]),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; DELETE FROM d; END; x",
            [
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; DELETE FROM d; END",
                "x",
            ]
        ),
        (
            "create temp trigger if not exists t after insert on a begin select case when 1 then 2 end; end; x",
            [
                "create temp trigger if not exists t after insert on a begin select case when 1 then 2 end; end",
                "x",
            ]
        ),
        (
            "CREATE /* c; */ TEMPORARY TRIGGER begin BEFORE UPDATE OF end ON begin WHEN new.end BEGIN SELECT 1; -- c\n /* d */ END /* e */; x",
            [
                "CREATE /* c; */ TEMPORARY TRIGGER begin BEFORE UPDATE OF end ON begin WHEN new.end BEGIN SELECT 1; -- c\n /* d */ END",
                "x",
            ]
        ),
        (
            "EXPLAIN QUERY PLAN CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; x",
            ["EXPLAIN QUERY PLAN CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END", "x"]
        ),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT \"END\"; SELECT end; END",
            ["CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT \"END\"; SELECT end; END"]
        ),
        (
            "CREATE TABLE trigger (a); BEGIN; END; x",
            ["CREATE TABLE trigger (a)", "BEGIN", "END", "x"]
        ),
    ]

    @Test(arguments: cases)
    func `a SQLite script has these statements`(_ script: String, _ expected: [String]) {
        let outcome = SplitOutcome(script, dialect: .sqlite)
        #expect(outcome.failure == nil)
        #expect(outcome.texts == expected)
    }
}
