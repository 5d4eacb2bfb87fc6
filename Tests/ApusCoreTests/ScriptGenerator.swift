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

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    /// True once in `count` times.
    private mutating func chance(_ count: Int) -> Bool { below(count) == 0 }

    private mutating func pick(_ choices: [String]) -> String { choices[below(choices.count)] }

    // MARK: Tokens

    /// Writes a token, or several that are separated by single spaces, with trivia behind each.
    private mutating func write(_ tokens: String) {
        for token in tokens.split(separator: " ") {
            text += token
            separate()
        }
    }

    private mutating func separate() {
        if chance(6) { trivia() } else { text += " " }
    }

    private mutating func trivia() {
        // A comment straight behind a minus would begin one character early.
        if text.last == "-" { text += " " }
        for _ in 0...below(3) {
            text += pick([
                " ", "  ", "\t", newline, newline + newline, " -- it's; a \"comment\" $$ /*\(newline)",
                "--\(newline)", "-- END; BEGIN ATOMIC $a$ \\'\(newline)", "/* ; ' \" $$ */",
                "/* a /* nested; */ ' */", "/**/", "/*/ ; /**/ */", "/*--*/", "/***/",
                "\(newline)-- alone on its line;\(newline)",
            ])
        }
        if !(text.last?.isWhitespace ?? true) { text += chance(2) ? "" : " " }
    }

    private mutating func name() {
        write(
            pick([
                "a", "b1", "_c", "begin", "atomic", "begin_atomic", "atomic_begin", "BEGIN", "copy",
                "stdin", "function", "procedure", "replace", "trigger", "rule", "end_", "ending",
                "case_", "größe", "ñ", "a$b", "a$b$", "x$$", "e", "E", "u", "U", "n1", "b", "x", "endif",
                "\"begin\"", "\"END\"", "\"a;b\"", "\"a\"\"b;\"", "\"--\"", "\"/*\"", "\"'\"", "\"$$\"",
                "U&\"d\\0061;t\"", "u&\"x\"", "\"CASE\"", "\"\\\"",
            ]))
    }

    private mutating func string() {
        let tag = pick(["", "a", "body", "_1", "é", "BEGIN", "e"])
        switch below(9) {
        case 0: write(pick(["''", "'it''s'", "''''", "'\\'", "'--;'", "'/*;'", "'$$;'", "';'"]))
        case 1: write(pick(["E'\\''", "e'\\\\'", "E'a''b\\';'", "E'\\\\\\';'", "E''''"]))
        case 2: write(pick(["B'01'", "x'1F'", "N'a;b'", "n'\\'", "U&'d\\0061;'", "u&'\\\\;'", "b''"]))
        case 3: text += "$\(tag)$ ; ' \(newline) -- /* $b$ ; $b$ $ $1 $\(tag)_ $\(tag)$"; separate()
        case 4: text += "$\(tag)$$\(tag)$"; separate()
        case 5: text += "'a;\(newline); \"'"; separate()
        case 6: text += "E'a\\';'\(newline)  'b\\';'"; separate()
        case 7: text += "'a\\'\t\(newline)\(newline) 'b;\\'"; separate()
        default: text += "$\(tag)$ $\(tag)x$ ; $\(tag)$"; separate()
        }
    }

    private mutating func expression(_ depth: Int = 0) {
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
        case 12: write(pick(["-", "NOT", "@", "~", "|/"])); parenthesised { $0.expression(depth + 1) }
        default:
            parenthesised { generator in
                generator.expression(depth + 1)
                generator.write(
                    generator.pick([
                        "+", "-", "*", "/", "=", "<>", "!=", "<=", "=>>", "||", "->", "->>", "#>", "@>",
                        "?", "?|", "~*", "!~", "%", "^", "AND", "OR", "<->", "@-", "&&", "/|", "`",
                    ]))
                generator.expression(depth + 1)
            }
        }
    }

    private mutating func caseExpression(_ depth: Int) {
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

    private mutating func list(_ element: (inout ScriptGenerator) -> Void) {
        element(&self)
        for _ in 0..<below(3) {
            write(",")
            element(&self)
        }
    }

    private mutating func parenthesised(_ content: (inout ScriptGenerator) -> Void) {
        write("(")
        content(&self)
        write(")")
    }

    // MARK: Statements

    private mutating func select(_ depth: Int = 0) {
        write("SELECT")
        list { generator in
            generator.expression(depth + 1)
            if generator.chance(2) {
                generator.write("AS")
                generator.write(generator.pick(["x", "begin", "end", "case", "atomic", "\"y;\""]))
            } else if generator.chance(3) {
                generator.write(generator.pick(["y", "atomic", "begin", "stdin"]))
            }
        }
        guard !chance(3) else { return }
        write("FROM")
        name()
        if chance(3) {
            write("WHERE")
            expression(depth + 1)
        }
    }

    private mutating func change() {
        switch below(3) {
        case 0:
            write("INSERT INTO")
            name()
            write("VALUES")
            parenthesised { $0.list { $0.expression(1) } }
        case 1:
            write("UPDATE")
            name()
            write("SET a =")
            expression(1)
        default:
            write("DELETE FROM")
            name()
            write("WHERE")
            expression(1)
        }
    }

    private mutating func statement() {
        switch below(13) {
        case 0, 1: select()
        case 2: change()
        case 3: createTable()
        case 4: rule()
        case 5, 6, 7: routine()
        case 8:
            write("DO")
            string(dollarOnly: true)
        case 9: write(pick(["BEGIN", "END", "COMMIT", "ROLLBACK TO begin", "START TRANSACTION", "VACUUM", "END WORK"]))
        case 10: copy()
        case 11:
            write("COMMENT ON TABLE")
            name()
            write("IS 'c;'")
        default:
            write("PREPARE")
            name()
            write("AS")
            select()
        }
    }

    private mutating func string(dollarOnly: Bool) {
        let tag = pick(["", "do", "a", "_"])
        text += "$\(tag)$ BEGIN PERFORM $x\(tag)$;$x\(tag)$; END; $\(tag)$"
        separate()
    }

    private mutating func createTable() {
        write(pick(["CREATE TABLE", "CREATE TEMP TABLE", "CREATE TABLE IF NOT EXISTS"]))
        name()
        parenthesised { generator in
            generator.list { generator in
                generator.name()
                generator.write(generator.pick(["int", "text", "numeric(10,2)", "begin", "atomic[]"]))
                if generator.chance(3) {
                    generator.write("DEFAULT")
                    generator.parenthesised { $0.expression(1) }
                }
            }
        }
    }

    private mutating func rule() {
        write("CREATE RULE")
        name()
        write("AS ON INSERT TO")
        name()
        write("DO ALSO")
        parenthesised { generator in
            generator.change()
            for _ in 0..<generator.below(3) {
                generator.write(";")
                generator.change()
            }
            if generator.chance(3) { generator.write(";") }
        }
    }

    private mutating func routine() {
        let isProcedure = chance(3)
        write(pick(["CREATE", "create", "CREATE OR REPLACE", "Create or Replace"]))
        write(isProcedure ? "PROCEDURE" : "function")
        if chance(3) { write(pick(["begin.", "public.", "atomic."])) }
        name()
        parenthesised { generator in
            if generator.chance(2) {
                generator.write(generator.pick(["begin int", "atomic begin", "a text DEFAULT ';'", "int"]))
            }
        }
        if !isProcedure { write(pick(["RETURNS int", "RETURNS begin", "RETURNS TABLE (begin atomic)", "RETURNS SETOF atomic"])) }
        if chance(2) { write(pick(["LANGUAGE sql", "SET x TO begin", "SET begin = atomic", "STRICT"])) }
        switch below(5) {
        case 0:
            write("AS")
            string(dollarOnly: true)
        case 1:
            write("RETURN")
            expression()
        default: body()
        }
    }

    private mutating func body() {
        write(pick(["BEGIN ATOMIC", "begin atomic", "Begin Atomic"]))
        for _ in 0..<below(4) {
            switch below(5) {
            case 0: change()
            case 1:
                write("RETURN")
                caseExpression(0)
            case 2: break
            default: select()
            }
            write(";")
        }
        write(pick(["END", "end"]))
    }

    /// A COPY that no data follow.
    private mutating func copy() {
        write("COPY")
        if chance(3) {
            parenthesised { $0.select() }
            write(pick(["TO STDOUT", "TO 'stdin'"]))
        } else {
            name()
            write(pick(["TO STDOUT", "FROM 'stdin'", "FROM PROGRAM 'stdin;'", "(stdin) TO STDOUT WITH (FORMAT csv)"]))
        }
    }
}
