import ApusCore

/// The words of a statement of SQLite, one after the other.
struct SQLiteWords {
    private var lexer: Lexer
    private var current: Token?

    init(_ range: Range<Int>, in bytes: Span<UInt8>) {
        lexer = Lexer(dialect: .sqlite, from: range.lowerBound, to: range.upperBound)
        current = lexer.nextSignificant(in: bytes)
    }

    mutating func take(_ keyword: StaticString, in bytes: Span<UInt8>) -> Bool {
        guard let token = current, token.isWord(keyword, in: bytes) else { return false }
        current = lexer.nextSignificant(in: bytes)
        return true
    }

    /// Goes on to a keyword; false at the end of the statement, where there is none.
    mutating func skip(to keyword: StaticString, in bytes: Span<UInt8>) -> Bool {
        while let token = current {
            if token.isWord(keyword, in: bytes) { return true }
            current = lexer.nextSignificant(in: bytes)
        }
        return false
    }

    /// `IF EXISTS` or `IF NOT EXISTS`.
    @discardableResult
    mutating func takeIfExists(in bytes: Span<UInt8>) -> Bool {
        guard take("IF", in: bytes) else { return false }
        _ = take("NOT", in: bytes)
        return take("EXISTS", in: bytes)
    }

    /// The names of the columns that a definition in parentheses lists, and whether it has an
    /// AUTOINCREMENT. Constraints stand behind the columns.
    mutating func columns(in bytes: Span<UInt8>) -> (names: [String], isAutoincrement: Bool) {
        var names: [String] = []
        var isAutoincrement = false
        var areOver = current?.kind != .openParenthesis
        var depth = 0
        while let token = current {
            var isBeginning = false
            switch token.kind {
            case .openParenthesis:
                depth += 1
                isBeginning = depth == 1
            case .closeParenthesis: depth -= 1
            case .symbol:
                isBeginning = depth == 1 && bytes[token.range.lowerBound] == UInt8(ascii: ",")
            default:
                isAutoincrement = isAutoincrement || token.isWord("AUTOINCREMENT", in: bytes)
            }
            current = lexer.nextSignificant(in: bytes)
            guard isBeginning, !areOver else { continue }
            areOver = isConstraint(in: bytes)
            if !areOver, let name = name(in: bytes) { names.append(name) }
        }
        return (names, isAutoincrement)
    }

    private func isConstraint(in bytes: Span<UInt8>) -> Bool {
        guard let token = current else { return true }
        return token.isWord("CONSTRAINT", in: bytes) || token.isWord("PRIMARY", in: bytes)
            || token.isWord("UNIQUE", in: bytes) || token.isWord("CHECK", in: bytes)
            || token.isWord("FOREIGN", in: bytes)
    }

    /// Whether one of the words that are left is that name, in lower case.
    mutating func hasName(_ wanted: String, in bytes: Span<UInt8>) -> Bool {
        while current != nil {
            if let name = name(in: bytes) {
                if name == wanted { return true }
            } else {
                current = lexer.nextSignificant(in: bytes)
            }
        }
        return false
    }

    /// `=` or an opening parenthesis.
    mutating func skipSymbol(in bytes: Span<UInt8>) {
        guard current?.kind == .symbol || current?.kind == .openParenthesis else { return }
        current = lexer.nextSignificant(in: bytes)
    }

    /// A name, without the schema before it (`main.guests`).
    mutating func name(in bytes: Span<UInt8>) -> String? {
        var last: String?
        while let token = current {
            switch token.kind {
            case .word, .number: last = Self.text(token.range, in: bytes).lowercased()
            case .quotedIdentifier, .string:
                let inside =
                    token.range.lowerBound
                    + 1..<max(
                        token.range.lowerBound + 1, token.range.upperBound - 1)
                last = Self.text(inside, in: bytes).lowercased()
            default: return last
            }
            current = lexer.nextSignificant(in: bytes)
            guard current?.kind == .dot else { return last }
            current = lexer.nextSignificant(in: bytes)
        }
        return last
    }

    private static func text(_ range: Range<Int>, in bytes: Span<UInt8>) -> String {
        bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
