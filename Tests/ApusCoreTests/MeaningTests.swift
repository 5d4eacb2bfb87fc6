import ApusCore
import Testing

@Suite struct MeaningTests {
    @Test(arguments: [
        ("SELECT 1, 'a'", "SELECT/* c */1 ,\n\t'a' -- d\n;"),
        ("SELECT a=-1; SELECT 2", "SELECT a = - 1;;\n-- c\nSELECT 2;"),
        ("SELECT 'a\nb', $$c\nd$$, \"e\nf\"", "SELECT 'a\r\nb', $$c\r\nd$$, \"e\r\nf\";"),
        ("COPY t FROM STDIN;\n1\n\\.\nx", "COPY  t FROM STDIN; -- c\r\n1\r\n\\.\r\nx"),
        ("COPY t FROM STDIN;\n\\.\n", "COPY t FROM STDIN"),
        (
            "SET standard_conforming_strings = off; SELECT '\\' /* x */ '; y",
            "SET standard_conforming_strings=off;SELECT '\\' /* x */ ';y"
        ),
        ("SELECT 1; -- c\n-- Down Migration", "SELECT 1"),
    ])
    func `comments, white space and line endings have no meaning`(_ one: String, _ other: String) {
        #expect(SplitOutcome(one).meaning == SplitOutcome(other).meaning)
    }

    @Test(arguments: [
        ("SELECT 1", "SELECT 2"), ("SELECT 'a'", "SELECT 'A'"), ("SELECT a", "SELECT A"),
        ("SELECT 'a b'", "SELECT 'a  b'"), ("SELECT 1; SELECT 2", "SELECT 1 SELECT 2"),
        ("SELECT 12", "SELECT 1 2"), ("SELECT 'a\rb'", "SELECT 'a\nb'"),
        ("SELECT $$-- c$$", "SELECT $$$$"), ("SELECT N'a'", "SELECT N 'a'"),
        ("COPY t FROM STDIN;\n1\n\\.\n", "COPY t FROM STDIN;\n2\n\\.\n"),
        ("SELECT a < - 1", "SELECT a <- 1, 2"), ("SELECT 1", ""),
    ])
    func `other text has another meaning`(_ one: String, _ other: String) {
        #expect(SplitOutcome(one).meaning != SplitOutcome(other).meaning)
    }

    @Test func `the meaning checksum is SHA-256 over the bytes that FORMATS describes`() {
        let outcome = SplitOutcome("SELECT 'a\r\nb' ; COPY t FROM STDIN;\r\n7\r\n\\.\r\n")
        let expected = "SELECT\0'a\nb'\0\u{1}COPY\0t\0FROM\0STDIN\07\n\0\u{1}"
        #expect(outcome.meaning == Checksum(of: expected))
        #expect(SplitOutcome("").meaning == Checksum(of: ""))
    }

    @Test func `long tokens and long statements are hashed whole`() {
        let text = String(repeating: "x\r\n", count: 10_000)
        let script = "SELECT '\(text)', \(String(repeating: "a,", count: 9_000)) '\(text)'"
        let lf = SplitOutcome(
            script.split(separator: "\r\n", omittingEmptySubsequences: false).joined(
                separator: "\n"))
        #expect(SplitOutcome(script).meaning == lf.meaning)
    }

    @Test func `SQLite's tokens are used for SQLite`() {
        let one = SplitOutcome("SELECT a||[b c]", dialect: .sqlite)
        let other = SplitOutcome("SELECT a || /* /* */ [b c];", dialect: .sqlite)
        #expect(one.meaning(dialect: .sqlite) == other.meaning(dialect: .sqlite))
    }
}
