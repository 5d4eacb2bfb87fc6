import ApusCore
import Testing

@Suite struct SplitterRefusalTests {
    @Test(arguments: [
        ("SELECT 1;\nSELECT 'a;", DatabaseEngine.postgres, "this string is not closed", 2, 8, 1),
        ("SELECT E'a\\'", .postgres, "this string is not closed", 1, 8, 2),
        ("SELECT U&'a", .postgres, "this string is not closed", 1, 8, 3),
        ("'", .postgres, "this string is not closed", 1, 1, 1),
        ("SELECT \"é", .postgres, "this quoted identifier is not closed", 1, 8, 1),
        (
            "SELECT $body$ x $bod$", .postgres,
            "this dollar-quoted string is not closed: $body$ is missing", 1, 8, 6
        ),
        ("$$", .postgres, "this dollar-quoted string is not closed: $$ is missing", 1, 1, 2),
        ("SELECT 1; /* /* */", .postgres, "this comment is not closed: */ is missing", 1, 11, 2),
        ("SELECT 1 /* ;", .postgres, "this comment is not closed: */ is missing", 1, 10, 2),
        ("SELECT 'é', x'12", .sqlite, "this string is not closed", 1, 13, 2),
        ("SELECT [a", .sqlite, "this quoted identifier is not closed", 1, 8, 1),
        ("SELECT `a", .sqlite, "this quoted identifier is not closed", 1, 8, 1),
    ])
    func `a token without an end is refused where it starts`(
        _ script: String, _ dialect: DatabaseEngine, _ message: String, _ line: Int, _ column: Int,
        _ length: Int
    ) throws {
        let failure = try #require(SplitOutcome(script, dialect: dialect).failure)
        #expect(failure.code == .unterminatedToken)
        #expect(failure.message == message)
        #expect(failure.line == line)
        #expect(failure.column == column)
        #expect(failure.length == length)
    }

    @Test(arguments: [
        (
            "\\connect other",
            "\\connect is a psql command, not SQL: a migration runs in the database that Apus is connected to"
        ),
        ("SELECT 1 \\g", "\\g is a psql command, not SQL: end the statement with a semicolon"),
        (
            "SELECT 1; \\i a.sql",
            "\\i is a psql command, not SQL: put the statements of that file here, or into a migration of their own"
        ),
        (
            "\\copy t from 'x'",
            "\\copy is a psql command, not SQL: use COPY … FROM STDIN with the data lines below it"
        ),
        ("\\!ls", "\\! is a psql command, not SQL: remove it"),
        ("\\", "\\ is a psql command, not SQL: remove it"),
    ])
    func `F45: a psql command is refused by name`(_ script: String, _ message: String) throws {
        let failure = try #require(SplitOutcome(script).failure)
        #expect(failure.code == .psqlCommand)
        #expect(failure.message == message)
    }

    @Test func `F45: the lines that pg_dump puts around a dump are passed over`() {
        let outcome = SplitOutcome("\\restrict aB'c\n\nSELECT 1;\n\n\\unrestrict aB'c\n")
        #expect(outcome.failure == nil)
        #expect(outcome.texts == ["SELECT 1"])
    }

    @Test func `F45: a sqlite3 command is refused by name`() throws {
        let failure = try #require(
            SplitOutcome("SELECT 1;\n.read x.sql\n", dialect: .sqlite).failure)
        #expect(failure.code == .psqlCommand)
        #expect(failure.message == ".read is a sqlite3 command, not SQL: write what it does in SQL")
        #expect(failure.line == 2)
        #expect(failure.length == 5)
    }

    @Test func `there is nothing more after a failure`() throws {
        let script = Array("SELECT 'a".utf8)
        var splitter = StatementSplitter(dialect: .postgres)
        #expect(throws: SplitFailure.self) { try splitter.next(in: script.span) }
        #expect(try splitter.next(in: script.span) == nil)
    }
}
