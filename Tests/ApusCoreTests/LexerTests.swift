import ApusCore
import Testing

@Suite struct LexerTests {
    static func tokens(_ script: String, _ dialect: DatabaseEngine) -> [String] {
        let bytes = Array(script.utf8)
        var lexer = Lexer(dialect: dialect)
        var texts: [String] = []
        while let token = lexer.next(in: bytes.span) {
            texts.append(String(decoding: bytes[token.range], as: UTF8.self))
        }
        return texts
    }

    @Test(arguments: [
        ("a=-1", ["a", "=", "-", "1"]), ("a@-1", ["a", "@-", "1"]), ("a<=b", ["a", "<=", "b"]),
        ("a-->b\nc", ["a", "-->b", "c"]), ("a+/*b*/c", ["a", "+", "/*b*/", "c"]),
        ("a<->b", ["a", "<->", "b"]), ("a||-1", ["a", "||-", "1"]),
        ("a*+-b", ["a", "*", "+", "-", "b"]),
        ("x::int := 1", ["x", "::", "int", ":=", "1"]), ("a.b..c", ["a", ".", "b", "..", "c"]),
        ("1..10", ["1", "..", "10"]), ("1.5e-3+.5", ["1.5e-3", "+", ".5"]),
        ("2.-1", ["2.", "-", "1"]),
        ("0x1e+1", ["0x1e", "+", "1"]), ("1_000", ["1_000"]), ("$12a", ["$12", "a"]),
        ("a$1$b", ["a$1$b"]), ("$a b", ["$", "a", "b"]), ("$a", ["$", "a"]), ("$", ["$"]),
        ("U&b", ["U", "&", "b"]), ("u&'a'", ["u&'a'"]), ("N'a'E'\\''", ["N'a'", "E'\\''"]),
        ("B'0''1'", ["B'0'", "'1'"]), ("b['a']", ["b", "[", "'a'", "]"]), ("a\u{B}b", ["a", "b"]),
        ("'a'\n'b'", ["'a'", "'b'"]), ("a\0b", ["a", "\0", "b"]),
    ])
    func `PostgreSQL's tokens`(_ script: String, _ expected: [String]) {
        #expect(Self.tokens(script, .postgres) == expected)
    }

    @Test(arguments: [
        ("a->>'$.b'", ["a", "->>", "'$.b'"]), ("a->b", ["a", "->", "b"]),
        ("a<-1", ["a", "<", "-", "1"]),
        ("a||b<>c!=d==e", ["a", "||", "b", "<>", "c", "!=", "d", "==", "e"]),
        ("a<<b>>c", ["a", "<<", "b", ">>", "c"]), ("?1 :a @b $c", ["?1", ":a", "@b", "$c"]),
        ("x'0f'X'00'", ["x'0f'", "X'00'"]), ("[a b]`c``d`", ["[a b]", "`c``d`"]),
        ("1.5e+3", ["1.5e+3"]), ("0x1F", ["0x1F"]), ("a--b\nc", ["a", "--b", "c"]),
        ("/* /* */ b", ["/* /* */", "b"]), ("/*/", ["/*/"]), ("a/b", ["a", "/", "b"]),
    ])
    func `SQLite's tokens`(_ script: String, _ expected: [String]) {
        #expect(Self.tokens(script, .sqlite) == expected)
    }
}
