import ApusCore
import Testing

@Suite struct SplitterCopyTests {
    /// Scripts, the statements in them, and the data of the first.
    static let withData: [(String, [String], String)] = [
        (
            "COPY t FROM stdin;\n1\ta;b\n'\n\\.\nSELECT 2;", ["COPY t FROM stdin", "SELECT 2"],
            "1\ta;b\n'\n"
        ),
        (
            "copy only.t (a, \"b;\") from STDIN with (format csv);\r\n1,2\r\n\\.\r\nx",
            ["copy only.t (a, \"b;\") from STDIN with (format csv)", "x"], "1,2\r\n"
        ),
        ("COPY t FROM STDIN;\n\\.\nSELECT 2", ["COPY t FROM STDIN", "SELECT 2"], ""),
        ("COPY t FROM STDIN; -- the data;\n1\n\\.\nx", ["COPY t FROM STDIN", "x"], "1\n"),
        ("COPY t FROM STDIN;\n1\n2", ["COPY t FROM STDIN"], "1\n2"),
        ("COPY t FROM STDIN;", ["COPY t FROM STDIN"], ""),
        ("COPY t FROM STDIN", ["COPY t FROM STDIN"], ""),
        (
            "COPY t FROM STDIN;\n-- Down Migration\n\\N\n\\.x\n\\.", ["COPY t FROM STDIN"],
            "-- Down Migration\n\\N\n\\.x\n"
        ),
        (
            "COPY t FROM STDIN; SELECT 1;\n7\n\\.\nSELECT 2",
            ["COPY t FROM STDIN", "SELECT 1", "SELECT 2"], "7\n"
        ),
        (
            "COPY t FROM STDIN; COPY u FROM STDIN; y\n7\n\\.\n8\n\\.\nx",
            ["COPY t FROM STDIN", "COPY u FROM STDIN", "y", "x"], "7\n"
        ),
        (
            "COPY BINARY t FROM\n STDIN WHERE a > 1;\n7\n\\.\nx",
            ["COPY BINARY t FROM\n STDIN WHERE a > 1", "x"], "7\n"
        ),
        ("COPY s.from FROM STDOUT;\n7\n\\.\nx", ["COPY s.from FROM STDOUT", "x"], "7\n"),
    ]

    @Test(arguments: withData)
    func `F44: the lines behind COPY FROM STDIN are its data`(
        _ script: String, _ statements: [String], _ data: String
    ) throws {
        let outcome = SplitOutcome(script)
        #expect(outcome.failure == nil)
        #expect(outcome.texts == statements)
        let first = try #require(outcome.statements.first)
        #expect(first.kind == .copyFromStdin)
        #expect(outcome.text(try #require(first.copyData)) == data)
        #expect(outcome.markers.isEmpty)
    }

    @Test(arguments: [
        "COPY t FROM '/tmp/stdin'",
        "COPY t FROM PROGRAM 'cat stdin'",
        "COPY t TO STDOUT",
        "COPY (SELECT a FROM stdin) TO STDOUT",
        "COPY (SELECT * FROM stdin) TO '/tmp/x'",
        "COPY stdin (stdin) TO STDOUT",
        "COPY t FROM \"stdin\"",
        "COPY s.from TO stdout",
        "SELECT copy FROM stdin",
        "\"COPY\" t FROM STDIN",
    ])
    func `F44: no data follow another COPY`(_ statement: String) {
        let outcome = SplitOutcome(statement + ";\nSELECT 2;")
        #expect(outcome.texts == [statement, "SELECT 2"])
        #expect(outcome.kinds == [.plain, .plain])
        #expect(outcome.statements.map(\.copyData) == [nil, nil])
    }

    @Test func `lines are counted through COPY data`() {
        let outcome = SplitOutcome("COPY t FROM STDIN;\n1\n2\n\\.\n  SELECT 2")
        #expect(outcome.statements.map(\.line) == [1, 5])
        #expect(outcome.statements.map(\.column) == [1, 3])
    }
}
