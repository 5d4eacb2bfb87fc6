import Testing

@testable import ApusLint

@Suite struct SyntaxTreeTests {
    private func node(_ statement: String) throws -> SyntaxNode {
        guard case .tree(let tree) = PostgresGrammar.parse(Array(statement.utf8)) else {
            throw NoTree()
        }
        return try #require(tree.statement)
    }

    private struct NoTree: Error {}

    @Test func `nodes know their kind and their fields`() throws {
        let index = try node("CREATE UNIQUE INDEX i ON s.guests (a, lower(b))")
        #expect(index.kind == "IndexStmt" && index.is("IndexStmt"))
        #expect(index.flag("unique") && !index.flag("concurrent"))
        #expect(index["relation"]?.relationName == ObjectName(schema: "s", "guests"))
        #expect(index["relation"]?.kind == "" && index["relation"]?.location == 25)
        #expect(index.list("indexParams").map { $0.text("name") } == ["a", nil])
        #expect(index.all("FuncCall").map { $0.names("funcname") } == [["lower"]])
        #expect(index["nothing"] == nil && index.list("nothing").isEmpty)
    }

    @Test(arguments: [
        "plain", "a \" quote and a \\ stroke", "<tags> & more", "line\nbreak\ttab", "ünï 🦅",
        "{[,:]}",
    ])
    func `texts come back as they were written`(text: String) throws {
        let constant = try #require(node("SELECT '\(text)'").all("A_Const").first)
        #expect(constant["sval"]?.text("sval") == text)
    }

    @Test func `numbers are read, also zero`() throws {
        let constants = try node("SELECT 0, 42").all("A_Const")
        #expect(constants.map { $0["ival"]?.number("ival") } == [0, 42])
    }

    @Test(arguments: ["", "{", "{\"a\"}", "{\"a\":1", "[1,", "{\"a\":1}}", "\"open", "{\"a\":}"])
    func `what is no JSON is no tree`(text: String) {
        #expect(SyntaxTree(json: Array(text.utf8)) == nil)
    }

    @Test func `a refused statement says why and where`() {
        guard case .refused(let reason, let offset) = PostgresGrammar.parse(Array("ä SELEC 1".utf8))
        else {
            Issue.record("it parsed")
            return
        }
        #expect(reason == "syntax error at or near \"ä\"" && offset == 0)
    }

    @Test func `a statement that is too long is refused unread`() {
        let statement = Array(
            repeating: UInt8(ascii: " "), count: PostgresGrammar.longestStatement + 1)
        guard case .refused(let reason, _) = PostgresGrammar.parse(statement) else {
            Issue.record("it was read")
            return
        }
        #expect(reason == "it is longer than 4 MiB")
    }
}
