import ApusCore

/// What a statement that failed outside a transaction may leave behind.
struct StatementTraces {
    /// Whether the word CONCURRENTLY is among its words.
    let isConcurrent: Bool
    /// Whether it may commit parts of its work before it fails: a concurrent statement, a procedure,
    /// a block that commits.
    let canOutliveFailure: Bool

    init(_ statement: Statement, of source: MigrationSource) {
        var isConcurrent = false
        var first: String?
        var commits = false
        source.withSpan { bytes in
            var lexer = Lexer(
                dialect: .postgres, from: statement.range.lowerBound, to: statement.range.upperBound
            )
            var count = 0
            while let token = lexer.nextSignificant(in: bytes) {
                if first == nil { first = source.text(token.range).uppercased() }
                if token.isWord("CONCURRENTLY", in: bytes) { isConcurrent = true }
                if first == "DO", token.kind == .string {
                    commits = source.text(token.range).lowercased().contains("commit")
                }
                count += 1
                if count > 24 { break }
            }
        }
        self.isConcurrent = isConcurrent && statement.kind != .plain
        canOutliveFailure =
            self.isConcurrent && statement.kind != .createIndexConcurrently
            || first == "CALL" || commits
    }
}
