import Testing

@testable import ApusCLI

@Suite struct GraphTextTests {
    @Test(arguments: [
        ("plain", #""plain""#), (#"a"b\c"#, #""a\"b\\c""#), ("two\nlines", #""two\nlines""#),
    ])
    func `a name in DOT stays one text`(name: String, quoted: String) {
        #expect(GraphDot.quoted(name) == quoted)
    }

    @Test func `what means something in Mermaid is written as a code`() {
        #expect(GraphMermaid.quoted(["1.0.0", "plain-name.x"]) == #""1.0.0<br/>plain-name.x""#)
        #expect(
            GraphMermaid.quoted([#"a"b#c<d>&`e;_"#])
                == #""a#34;b#35;c#60;d#62;#38;#96;e#59;_""#)
    }
}
