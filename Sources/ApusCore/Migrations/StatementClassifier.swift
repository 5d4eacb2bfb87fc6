/// Says from a statement's tokens what Apus must know before it sends the statement.
public enum StatementClassifier {
    /// The kind of the statement at `range`.
    public static func kind(
        of range: Range<Int>, in bytes: Span<UInt8>, dialect: DatabaseEngine
    ) -> StatementKind {
        var reader = TokenReader(range, in: bytes, dialect: dialect)
        return switch dialect {
        case .postgres: postgresKind(&reader, in: bytes)
        case .sqlite: sqliteKind(&reader, in: bytes)
        }
    }

    /// The words that the statement at `range` begins with, in upper case, up to the first token
    /// that is none: `["CREATE", "TABLE", "GUEST"]` for `create table guest (…)`.
    public static func leadingWords(
        of range: Range<Int>, in bytes: Span<UInt8>, dialect: DatabaseEngine, limit: Int
    ) -> [String] {
        var words: [String] = []
        var lexer = Lexer(dialect: dialect, from: range.lowerBound, to: range.upperBound)
        while words.count < limit, let token = lexer.nextSignificant(in: bytes),
            token.kind == .word
        {
            words.append(bytes.text(token.range).uppercased())
        }
        return words
    }
}

extension MigrationSource {
    /// The words that one of its statements begins with, in upper case.
    public func leadingWords(
        of statement: Statement, _ dialect: DatabaseEngine, limit: Int
    ) -> [String] {
        withSpan {
            StatementClassifier.leadingWords(
                of: statement.range, in: $0, dialect: dialect, limit: limit)
        }
    }

    /// The first of them; `nil` where the statement begins with no word.
    public func firstWord(of statement: Statement, _ dialect: DatabaseEngine) -> String? {
        withSpan { bytes in
            let range = statement.range
            var lexer = Lexer(dialect: dialect, from: range.lowerBound, to: range.upperBound)
            guard let token = lexer.nextSignificant(in: bytes), token.kind == .word else {
                return nil
            }
            return bytes.text(token.range).uppercased()
        }
    }
}
