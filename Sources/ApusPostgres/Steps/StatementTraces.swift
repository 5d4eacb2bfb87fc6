import ApusCore
import ApusEngine

/// What a statement that failed outside a transaction may leave behind, and what it may have found.
struct StatementTraces {
    /// Whether the word CONCURRENTLY is among its words.
    let isConcurrent: Bool
    /// Whether it may commit parts of its work before it fails: a concurrent statement, a procedure,
    /// a block that commits.
    let canOutliveFailure: Bool
    /// Whether it can be in one transaction with the note that it is done. Not one that commits by
    /// itself, and none that a transaction would give another meaning.
    let canShareTransaction: Bool
    /// The first words, in upper case.
    private let words: [String]

    init(_ statement: Statement, of source: MigrationSource) {
        var isConcurrent = false
        var words: [String] = []
        var commits = false
        source.withSpan { bytes in
            var lexer = Lexer(
                dialect: .postgres, from: statement.range.lowerBound, to: statement.range.upperBound
            )
            var count = 0
            while let token = lexer.nextSignificant(in: bytes) {
                if words.count < 12 { words.append(source.text(token.range).uppercased()) }
                if token.isWord("CONCURRENTLY", in: bytes) { isConcurrent = true }
                if words.first == "DO", token.kind == .string {
                    commits = source.text(token.range).lowercased().contains("commit")
                }
                count += 1
                if count > 24 { break }
            }
        }
        self.words = words
        self.isConcurrent = isConcurrent && statement.kind != .plain
        canOutliveFailure =
            self.isConcurrent && statement.kind != .createIndexConcurrently
            || words.first == "CALL" || commits
        canShareTransaction =
            [.plain, .copyFromStdin, .addsEnumValue].contains(statement.kind) && !canOutliveFailure
            && !["SAVEPOINT", "RELEASE", "ROLLBACK", "LOCK", "DECLARE"].contains(words.first)
    }

    /// Whether it sets something in the session for the statements behind it. A session that resumes
    /// behind it has to be told again.
    var setsSession: Bool {
        switch words.first {
        case "SET": !["LOCAL", "TRANSACTION", "CONSTRAINTS"].contains(words.dropFirst().first)
        case "RESET": true
        default: false
        }
    }

    /// Whether the error says that what the statement wants is so already. Asked only of a statement
    /// that an earlier run began and did not record: then it was done, and its record was lost.
    func isDone(accordingTo error: DatabaseError) -> Bool {
        let absent: Set = ["42704", "42P01", "42703", "42883", "3F000"]
        guard let state = error.sqlState else { return false }
        return switch words.first {
        case "DROP": absent.contains(state)
        case "ALTER": state == "42710" && words.contains("TYPE") && words.contains("VALUE")
        default: false
        }
    }
}
