/// Makes PostgreSQL scripts that are valid and lexically nasty, the same ones for the same seed.
struct ScriptGenerator {
    private var random: SeededGenerator
    private var text = ""
    private var newline = "\n"

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// A script of up to six statements, with or without a `;` at its end.
    mutating func script() -> String {
        text = chance(20) ? "\n" : ""
        newline = chance(4) ? "\r\n" : "\n"
        if chance(3) { trivia() }
        let count = below(6) + 1
        for index in 0..<count {
            if chance(15) { text += ";" }
            statement()
            if chance(3) { trivia() }
            if index < count - 1 || !chance(3) { text += ";" }
            if chance(2) { trivia() }
        }
        return text
    }

    // MARK: Chance

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    /// True once in `count` times.
    mutating func chance(_ count: Int) -> Bool { below(count) == 0 }

    mutating func pick(_ choices: [String]) -> String { choices[below(choices.count)] }

    // MARK: Tokens

    /// Writes a token, or several that are separated by single spaces, with trivia behind each.
    mutating func write(_ tokens: String) {
        for token in tokens.split(separator: " ") {
            text += token
            separate()
        }
    }

    mutating func separate() {
        if chance(6) { trivia() } else { text += " " }
    }

    mutating func trivia() {
        // A comment straight behind a minus would begin one character early.
        if text.last == "-" { text += " " }
        for _ in 0...below(3) {
            text += pick([
                " ", "  ", "\t", newline, newline + newline,
                " -- it's; a \"comment\" $$ /*\(newline)",
                "--\(newline)", "-- END; BEGIN ATOMIC $a$ \\'\(newline)", "/* ; ' \" $$ */",
                "/* a /* nested; */ ' */", "/**/", "/*/ ; /**/ */", "/*--*/", "/***/",
                "\(newline)-- alone on its line;\(newline)",
            ])
        }
        if !(text.last?.isWhitespace ?? true) { text += chance(2) ? "" : " " }
    }

    mutating func name() {
        write(
            pick([
                "a", "b1", "_c", "begin", "atomic", "begin_atomic", "atomic_begin", "BEGIN", "copy",
                "stdin", "function", "procedure", "replace", "trigger", "rule", "end_", "ending",
                "case_", "größe", "ñ", "a$b", "a$b$", "x$$", "e", "E", "u", "U", "n1", "b", "x",
                "endif",
                "\"begin\"", "\"END\"", "\"a;b\"", "\"a\"\"b;\"", "\"--\"", "\"/*\"", "\"'\"",
                "\"$$\"",
                "U&\"d\\0061;t\"", "u&\"x\"", "\"CASE\"", "\"\\\"",
            ]))
    }

    mutating func string() {
        let tag = pick(["", "a", "body", "_1", "é", "BEGIN", "e"])
        switch below(9) {
        case 0: write(pick(["''", "'it''s'", "''''", "'\\'", "'--;'", "'/*;'", "'$$;'", "';'"]))
        case 1: write(pick(["E'\\''", "e'\\\\'", "E'a''b\\';'", "E'\\\\\\';'", "E''''"]))
        case 2:
            write(pick(["B'01'", "x'1F'", "N'a;b'", "n'\\'", "U&'d\\0061;'", "u&'\\\\;'", "b''"]))
        case 3:
            text += "$\(tag)$ ; ' \(newline) -- /* $b$ ; $b$ $ $1 $\(tag)_ $\(tag)$"
            separate()
        case 4:
            text += "$\(tag)$$\(tag)$"
            separate()
        case 5:
            text += "'a;\(newline); \"'"
            separate()
        case 6:
            text += "E'a\\';'\(newline)  'b\\';'"
            separate()
        case 7:
            text += "'a\\'\t\(newline)\(newline) 'b;\\'"
            separate()
        default:
            text += "$\(tag)$ $\(tag)x$ ; $\(tag)$"
            separate()
        }
    }

    mutating func expression(_ depth: Int = 0) {
        switch below(depth > 2 ? 5 : 16) {
        case 0: write(pick(["1", "1.5", ".5", "2.", "1e5", "1.5E-3", "$1", "NULL", "TRUE", "0"]))
        case 1, 2: string()
        case 3, 4: name()
        case 5: caseExpression(depth)
        case 6: parenthesised { $0.expression(depth + 1) }
        case 7: parenthesised { $0.select(depth + 1) }
        case 8:
            name()
            parenthesised { $0.list { $0.expression(depth + 1) } }
        case 9:
            expression(depth + 1)
            write(pick(["::text", ":: int", "IS NULL", "+ 1"]))
        case 10:
            write("CAST")
            parenthesised { generator in
                generator.expression(depth + 1)
                generator.write("AS text")
            }
        case 11:
            write("ARRAY[")
            list { $0.expression(depth + 1) }
            write("]")
        case 12:
            write(pick(["-", "NOT", "@", "~", "|/"]))
            parenthesised { $0.expression(depth + 1) }
        default:
            parenthesised { generator in
                generator.expression(depth + 1)
                generator.write(
                    generator.pick([
                        "+", "-", "*", "/", "=", "<>", "!=", "<=", "=>>", "||", "->", "->>", "#>",
                        "@>",
                        "?", "?|", "~*", "!~", "%", "^", "AND", "OR", "<->", "@-", "&&", "/|", "`",
                    ]))
                generator.expression(depth + 1)
            }
        }
    }

    mutating func caseExpression(_ depth: Int) {
        write("CASE")
        if chance(2) { expression(depth + 1) }
        for _ in 0...below(2) {
            write("WHEN")
            expression(depth + 1)
            write("THEN")
            expression(depth + 1)
        }
        if chance(2) {
            write("ELSE")
            expression(depth + 1)
        }
        write("END")
    }

    mutating func list(_ element: (inout ScriptGenerator) -> Void) {
        element(&self)
        for _ in 0..<below(3) {
            write(",")
            element(&self)
        }
    }

    mutating func parenthesised(_ content: (inout ScriptGenerator) -> Void) {
        write("(")
        content(&self)
        write(")")
    }

    /// A dollar-quoted text.
    mutating func dollarString() {
        let tag = pick(["", "do", "a", "_"])
        text += "$\(tag)$ BEGIN PERFORM $x\(tag)$;$x\(tag)$; END; $\(tag)$"
        separate()
    }
}
