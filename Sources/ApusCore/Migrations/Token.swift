/// One lexical element of a script as a range of its bytes: never a copy.
package struct Token: Hashable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable {
        /// A keyword or an unquoted identifier.
        case word
        /// `"name"`, `U&"name"`; in SQLite also `` `name` `` and `[name]`.
        case quotedIdentifier
        /// A quoted string of any style, a dollar-quoted one, or a SQLite blob literal.
        case string
        case number
        /// `$1`; in SQLite also `?1`, `:name`, `@name`, `$name`.
        case parameter
        /// An operator or a punctuation mark that has no kind of its own.
        case symbol
        case openParenthesis
        case closeParenthesis
        case semicolon
        case dot
        case backslash
        /// `-- …` without its line ending.
        case lineComment
        /// `/* … */`.
        case blockComment
    }

    package var kind: Kind
    package var range: Range<Int>
    /// False where the input ended before the closing quote or comment end.
    package var isTerminated: Bool

    package init(kind: Kind, range: Range<Int>, isTerminated: Bool = true) {
        self.kind = kind
        self.range = range
        self.isTerminated = isTerminated
    }

    package var isComment: Bool { kind == .lineComment || kind == .blockComment }

    /// Whether this is the unquoted word `keyword` (given in upper case), in any case.
    package func isWord(_ keyword: StaticString, in bytes: Span<UInt8>) -> Bool {
        kind == .word && bytes.matches(keyword, at: range)
    }
}

extension Span<UInt8> {
    /// The byte at `index`, or 0 from `end` on, which no rule of the lexer looks for.
    @inline(__always)
    func byte(_ index: Int, before end: Int) -> UInt8 {
        index < end ? self[index] : 0
    }

    /// Whether `range` spells `keyword`, which is ASCII in upper case; the bytes may be in any case.
    func matches(_ keyword: StaticString, at range: Range<Int>) -> Bool {
        guard range.count == keyword.utf8CodeUnitCount else { return false }
        return keyword.withUTF8Buffer { letters in
            for index in 0..<letters.count
            where self[range.lowerBound + index].asciiUppercased != letters[index] {
                return false
            }
            return true
        }
    }

    /// Whether `keyword`, which is ASCII in upper case, stands somewhere in `range` and no identifier
    /// goes on behind it; the bytes may be in any case.
    func contains(_ keyword: StaticString, in range: Range<Int>) -> Bool {
        let length = keyword.utf8CodeUnitCount
        guard range.count >= length else { return false }
        for start in range.lowerBound...(range.upperBound - length) {
            let end = start + length
            guard matches(keyword, at: start..<end) else { continue }
            if !byte(end, before: range.upperBound).isIdentifierPart { return true }
        }
        return false
    }

    /// The text of `range`; invalid UTF-8 becomes replacement characters.
    func text(_ range: Range<Int>) -> String {
        extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}

extension UInt8 {
    var asciiUppercased: UInt8 { self >= 0x61 && self <= 0x7A ? self & 0xDF : self }

    var isDigit: Bool { self >= 0x30 && self <= 0x39 }

    /// The white space of both lexers; a vertical tab counts since PostgreSQL 16.
    var isWhiteSpace: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) }

    /// A letter, `_`, or any byte of a character outside ASCII.
    var isIdentifierStart: Bool {
        let lowered = self | 0x20
        return (lowered >= 0x61 && lowered <= 0x7A) || self == UInt8(ascii: "_") || self >= 0x80
    }

    /// What may follow in an identifier; in both dialects `$` is among it.
    var isIdentifierPart: Bool {
        isIdentifierStart || isDigit || self == UInt8(ascii: "$")
    }
}
