/// The statements of the generated scripts.
extension ScriptGenerator {
    mutating func select(_ depth: Int = 0) {
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

    mutating func statement() {
        switch below(13) {
        case 0, 1: select()
        case 2: change()
        case 3: createTable()
        case 4: rule()
        case 5, 6, 7: routine()
        case 8:
            write("DO")
            dollarString()
        case 9:
            write(
                pick([
                    "BEGIN", "END", "COMMIT", "ROLLBACK TO begin", "START TRANSACTION", "VACUUM",
                    "END WORK",
                ]))
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

    private mutating func createTable() {
        write(pick(["CREATE TABLE", "CREATE TEMP TABLE", "CREATE TABLE IF NOT EXISTS"]))
        name()
        parenthesised { generator in
            generator.list { generator in
                generator.name()
                generator.write(
                    generator.pick(["int", "text", "numeric(10,2)", "begin", "atomic[]"]))
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
                generator.write(
                    generator.pick(["begin int", "atomic begin", "a text DEFAULT ';'", "int"]))
            }
        }
        if !isProcedure {
            write(
                pick([
                    "RETURNS int", "RETURNS begin", "RETURNS TABLE (begin atomic)",
                    "RETURNS SETOF atomic",
                ]))
        }
        if chance(2) {
            write(pick(["LANGUAGE sql", "SET x TO begin", "SET begin = atomic", "STRICT"]))
        }
        switch below(5) {
        case 0:
            write("AS")
            dollarString()
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
            write(
                pick([
                    "TO STDOUT", "FROM 'stdin'", "FROM PROGRAM 'stdin;'",
                    "(stdin) TO STDOUT WITH (FORMAT csv)",
                ]))
        }
    }
}
