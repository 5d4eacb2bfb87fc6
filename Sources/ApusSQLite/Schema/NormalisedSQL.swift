import ApusCore

/// The tokens of a stored text: comments and white space are gone, and names that need no quotes
/// have none, as ALTER TABLE puts quotes around names that it rewrites.
struct NormalisedSQL: CustomStringConvertible {
    struct Word {
        var text: String
        /// The name of a quoted or unquoted identifier; `nil` for anything else.
        var name: String?
        var isQuoted: Bool
        /// How many parentheses are open around it.
        var depth: Int

        /// Whether it is the unquoted `keyword`, given in upper case.
        func `is`(_ keyword: String) -> Bool { !isQuoted && text.uppercased() == keyword }
    }

    let words: [Word]

    init(_ text: String) {
        let bytes = Array(text.utf8)
        var words: [Word] = []
        var lexer = Lexer(dialect: .sqlite)
        var depth = 0
        while let token = lexer.nextSignificant(in: bytes.span) {
            let text = String(decoding: bytes[token.range], as: UTF8.self)
            if token.kind == .closeParenthesis { depth -= 1 }
            switch token.kind {
            case .quotedIdentifier:
                let name = Self.unquoted(text)
                words.append(Word(text: name.asWritten, name: name, isQuoted: true, depth: depth))
            case .word: words.append(Word(text: text, name: text, isQuoted: false, depth: depth))
            case .semicolon where depth == 0 && lexer.isAtEnd(of: bytes): break
            default: words.append(Word(text: text, name: nil, isQuoted: false, depth: depth))
            }
            if token.kind == .openParenthesis { depth += 1 }
        }
        self.words = words
    }

    var description: String { Self.text(words[...]) }

    /// The words with one space between them, and none where people write none.
    static func text(_ words: ArraySlice<Word>) -> String {
        var text = ""
        var previous: String?
        for word in words {
            let isTight =
                [",", ")", ".", ";"].contains(word.text) || previous == "(" || previous == "."
            if previous != nil, !isTight { text += " " }
            text += word.text
            previous = word.text
        }
        return text
    }

    private static func unquoted(_ text: String) -> String {
        let inner = String(text.dropFirst().dropLast())
        return switch text.utf8.first {
        case UInt8(ascii: "\""): inner.replacing("\"\"", with: "\"")
        case UInt8(ascii: "`"): inner.replacing("``", with: "`")
        default: inner
        }
    }
}

extension Lexer {
    fileprivate func isAtEnd(of bytes: [UInt8]) -> Bool {
        var rest = self
        return rest.nextSignificant(in: bytes.span) == nil
    }
}
