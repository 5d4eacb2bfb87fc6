import ApusCore
import Testing

@Suite struct PlaceTests {
    /// The text with its marked part, as `line:column [before|marked|after]`.
    private static func place(_ text: String, at mark: String, length: Int? = nil) -> String {
        let source = MigrationSource(path: "f", bytes: Array(text.utf8))
        guard let found = text.utf8.firstRange(of: Array(mark.utf8)) else { return "not there" }
        let offset = text.utf8.distance(from: text.utf8.startIndex, to: found.lowerBound)
        let (location, excerpt) = source.place(at: offset, length: length ?? mark.utf8.count)
        let scalars = Array(excerpt.text.unicodeScalars)
        let start = min(excerpt.caret - 1, scalars.count)
        let end = min(start + excerpt.length, scalars.count)
        func part(_ range: Range<Int>) -> String {
            String(String.UnicodeScalarView(scalars[range]))
        }
        return
            "\(location.line):\(location.column) [\(part(0..<start))|\(part(start..<end))|\(part(end..<scalars.count))]"
    }

    @Test(arguments: [
        ("abc", "b", "1:2 [a|b|c]"),
        ("x\nabc\ny", "b", "2:2 [a|b|c]"),
        ("x\r\nabc\r\ny", "bc", "2:2 [a|bc|]"),
        ("\tab\n", "a", "1:2 [\t|a|b]"),
        ("größe = 1", "=", "1:7 [größe |=| 1]"),
        ("größe = 1", "ö", "1:3 [gr|ö|ße = 1]"),
        ("🦉e\u{301}x", "x", "1:4 [🦉e\u{301}|x|]"),
        ("\u{FEFF}abc", "b", "1:2 [a|b|c]"),
        ("\u{FEFF}x\nabc", "b", "2:2 [a|b|c]"),
        ("SELECT 1,\n  2;", "SELECT 1,\n  2", "1:1 [|SELECT 1,|]"),
        ("a", "a", "1:1 [|a|]"),
    ])
    func `a byte's place is line and column as editors count`(
        text: String, mark: String, expected: String
    ) {
        #expect(Self.place(text, at: mark) == expected)
    }

    @Test func `the end of the text has a place`() {
        let source = MigrationSource(path: "f", bytes: Array("ab\ncd".utf8))
        let (location, excerpt) = source.place(at: 99)
        #expect(location == SourceLocation(file: "f", line: 2, column: 3))
        #expect(excerpt == SourceExcerpt(text: "cd", caret: 3, length: 1))
    }

    @Test func `an empty text has a place`() {
        let (location, excerpt) = MigrationSource(path: "f", bytes: []).place(at: 0)
        #expect(location == SourceLocation(file: "f", line: 1, column: 1))
        #expect(excerpt == SourceExcerpt(text: "", caret: 1, length: 1))
    }

    @Test func `F49 of a very long line the part around the place is shown`() {
        let line =
            String(repeating: "ü", count: 40_000) + "X" + String(repeating: "z", count: 40_000)
        let source = MigrationSource(path: "f", bytes: Array("a\n\(line)\nb".utf8))
        let (location, excerpt) = source.place(at: 2 + 80_000, length: 30_000)
        #expect(location == SourceLocation(file: "f", line: 2, column: 40_001))
        #expect(
            excerpt.text
                == "…" + String(repeating: "ü", count: 80) + "X"
                + String(repeating: "z", count: 79) + "…")
        #expect(excerpt.caret == 82)
        #expect(excerpt.length == 80)
    }

    @Test func `F49 the start and the end of a very long line are shown as such`() {
        let line = "A" + String(repeating: "-", count: 500) + "Z"
        let source = MigrationSource(path: "f", bytes: Array(line.utf8))
        let start = source.place(at: 0, length: 9999).1
        #expect(start.text == "A" + String(repeating: "-", count: 159) + "…")
        #expect(start.caret == 1)
        #expect(start.length == 160)
        let end = source.place(at: 501).1
        #expect(end.text == "…" + String(repeating: "-", count: 80) + "Z")
        #expect(end.caret == 82)
    }

    @Test func `tabs before the caret are kept, and control characters are drawn`() {
        let text = "\t\u{1B}[2Jö\u{7F}\u{9B}X"
        let source = MigrationSource(path: "f.sql", bytes: Array(text.utf8))
        let problem = source.diagnostic(
            .usage, "what", at: text.utf8.count - 1, hint: "a hint", help: ["do this", "or that"])
        #expect(
            DiagnosticRenderer().render(problem) == """
                error[usage]: what
                 --> f.sql:1:9
                  |
                1 | \t␛[2Jö␡\u{FFFD}X
                  | \t       ^ a hint
                next:  do this
                next:  or that
                """)
    }

    @Test func `a diagnostic without a place is one headline and what follows it`() {
        let problem = Diagnostic(
            .versionUnknown, "there is no migration of version 1.3.0", severity: .warning,
            hint: "did you mean 1.2.0?", details: ["versions: 1.2.0"],
            state: "nothing was changed.", help: ["apus status"])
        #expect(
            DiagnosticRenderer().render(problem) == """
                warning[version-unknown]: there is no migration of version 1.3.0, did you mean 1.2.0?
                versions: 1.2.0
                state: nothing was changed.
                next:  apus status
                """)
    }

    @Test func `the gutter is as wide as the line's number`() {
        let text = String(repeating: "\n", count: 99) + "  SELECT"
        let source = MigrationSource(path: "f.sql", bytes: Array(text.utf8))
        #expect(
            DiagnosticRenderer { text, role in role == .caret ? "<\(text)>" : text }
                .render(source.diagnostic(.usage, "what", at: 101, length: 6, severity: .notice))
                    == """
                    notice[usage]: what
                       --> f.sql:100:3
                        |
                    100 |   SELECT
                        |   <^^^^^^>
                    """)
    }
}
