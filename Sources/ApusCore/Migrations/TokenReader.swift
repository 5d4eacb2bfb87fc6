/// Reads a statement's tokens one by one, without its comments.
struct TokenReader {
    /// The token that was not yet taken, nil at the end.
    private(set) var current: Token?
    private var lexer: Lexer

    init(
        _ range: Range<Int>, in bytes: Span<UInt8>, dialect: DatabaseEngine,
        standardStrings: Bool = true
    ) {
        lexer = Lexer(
            dialect: dialect, from: range.lowerBound, to: range.upperBound,
            standardStrings: standardStrings)
        current = lexer.nextSignificant(in: bytes)
    }

    mutating func advance(in bytes: Span<UInt8>) {
        current = lexer.nextSignificant(in: bytes)
    }

    func sees(_ keyword: StaticString, in bytes: Span<UInt8>) -> Bool {
        current?.isWord(keyword, in: bytes) ?? false
    }

    func sees(_ kind: Token.Kind) -> Bool { current?.kind == kind }

    /// Moves behind `keyword` if it comes next.
    mutating func take(_ keyword: StaticString, in bytes: Span<UInt8>) -> Bool {
        guard sees(keyword, in: bytes) else { return false }
        advance(in: bytes)
        return true
    }

    /// Moves behind the next `keyword` outside of parentheses; false if there is none.
    mutating func seek(_ keyword: StaticString, in bytes: Span<UInt8>) -> Bool {
        var depth = 0
        while let token = current {
            advance(in: bytes)
            switch token.kind {
            case .openParenthesis: depth += 1
            case .closeParenthesis: depth -= 1
            case .word where depth == 0:
                if token.isWord(keyword, in: bytes) { return true }
            default: break
            }
        }
        return false
    }

    /// Moves behind a name, which may be qualified.
    mutating func skipName(in bytes: Span<UInt8>) {
        advance(in: bytes)
        while sees(.dot) {
            advance(in: bytes)
            advance(in: bytes)
        }
    }

    /// Reads `(name [=] [value], …)` and calls `body` with each option's name and its value as a
    /// truth; one without a value is true. Does nothing if no parenthesis comes next.
    mutating func forEachOption(in bytes: Span<UInt8>, _ body: (Token, Bool?) -> Void) {
        guard sees(.openParenthesis) else { return }
        advance(in: bytes)
        while let name = current, name.kind != .closeParenthesis {
            advance(in: bytes)
            var value: Bool? = true
            while let token = current, token.kind != .closeParenthesis, !token.isComma(in: bytes) {
                value = token.truth(in: bytes)
                advance(in: bytes)
            }
            if current?.kind == .symbol { advance(in: bytes) }
            body(name, value)
        }
        advance(in: bytes)
    }
}

extension Token {
    fileprivate func isComma(in bytes: Span<UInt8>) -> Bool {
        kind == .symbol && bytes[range.lowerBound] == UInt8(ascii: ",")
    }

    /// The range inside the quotes of a quoted token without a prefix.
    var content: Range<Int> {
        guard range.count >= 2 else { return range }
        return range.lowerBound + 1..<range.upperBound - 1
    }

    /// The token as PostgreSQL reads a boolean, quoted or not: any unambiguous beginning of `true`,
    /// `false`, `yes`, `no`, `on`, `off`, and `1` and `0`.
    func truth(in bytes: Span<UInt8>) -> Bool? {
        let isQuoted = kind == .string || kind == .quotedIdentifier
        guard isQuoted || kind == .word || kind == .number else { return nil }
        let spelling = isQuoted ? content : range
        guard !spelling.isEmpty, spelling.count <= 5 else { return nil }
        let word = bytes.text(spelling).lowercased()
        switch word {
        case "on", "1": return true
        case "off", "of", "0": return false
        default:
            if "true".hasPrefix(word) || "yes".hasPrefix(word) { return true }
            return "false".hasPrefix(word) || "no".hasPrefix(word) ? false : nil
        }
    }
}
