/// Cuts a script into tokens by the rules of psql or of sqlite3, in place and in one pass.
///
/// The PostgreSQL rules are those of psql's `psqlscan.l`, which are the server's `scan.l`; the
/// SQLite rules are those of `tokenize.c`. White space is skipped, comments are tokens. Any byte
/// sequence gives tokens: what neither dialect knows becomes a one-byte `symbol`.
package struct Lexer: Sendable {
    package let dialect: DatabaseEngine
    /// Where the next token is looked for.
    package var offset: Int
    /// Where the input ends, at most the count of the bytes.
    package var end: Int
    /// PostgreSQL's `standard_conforming_strings`: when off, `'…'` treats backslashes as `E'…'`.
    package var standardStrings: Bool

    /// The style of the string just read, while only white space and `--` comments follow it: a
    /// further quote after a line break continues that string, in that style.
    private var continuedStyle: QuoteStyle?
    private var crossedLineBreak = false

    package init(
        dialect: DatabaseEngine, from offset: Int = 0, to end: Int = .max,
        standardStrings: Bool = true
    ) {
        self.dialect = dialect
        self.offset = offset
        self.end = end
        self.standardStrings = standardStrings
    }

    /// The next token, or nil at the end.
    package mutating func next(in bytes: Span<UInt8>) -> Token? {
        let limit = min(end, bytes.count)
        skipWhiteSpace(in: bytes, before: limit)
        guard offset < limit else { return nil }
        var scan = TokenScan(start: offset, limit: limit)
        if dialect == .postgres {
            if let continuedStyle, crossedLineBreak, bytes[offset] == UInt8(ascii: "'") {
                scan.quoted(continuedStyle, openingLength: 1, in: bytes)
            } else {
                scan.postgres(in: bytes, plainStyle: standardStrings ? .doubling : .escapes)
            }
            if scan.kind != .lineComment {
                continuedStyle = scan.style
                crossedLineBreak = false
            }
        } else {
            scan.sqlite(in: bytes)
        }
        offset = scan.offset
        return Token(
            kind: scan.kind, range: scan.start..<scan.offset, isTerminated: scan.isTerminated)
    }

    /// The next token that is not a comment, or nil at the end.
    package mutating func nextSignificant(in bytes: Span<UInt8>) -> Token? {
        while let token = next(in: bytes) {
            if !token.isComment { return token }
        }
        return nil
    }

    private mutating func skipWhiteSpace(in bytes: Span<UInt8>, before limit: Int) {
        var index = offset
        while index < limit {
            let byte = bytes[index]
            guard byte.isWhiteSpace else { break }
            if byte == 0x0A || byte == 0x0D { crossedLineBreak = true }
            index += 1
        }
        offset = index
    }
}

/// How a quoted string ends.
enum QuoteStyle: Hashable, Sendable {
    /// A doubled quote stands for one: `'it''s'`.
    case doubling
    /// As `doubling`, and a backslash takes the next byte with it: `E'it\'s'`.
    case escapes
    /// The next quote ends it: `B'01'`.
    case bare
}

/// The reading of one token: it starts at `start` and has come as far as `offset`.
struct TokenScan {
    let start: Int
    let limit: Int
    var offset: Int
    var kind = Token.Kind.symbol
    var isTerminated = true
    /// Set for a PostgreSQL string that may be continued after a line break.
    var style: QuoteStyle?

    init(start: Int, limit: Int) {
        self.start = start
        self.limit = limit
        self.offset = start
    }

    @inline(__always)
    func peek(_ distance: Int, in bytes: Span<UInt8>) -> UInt8 {
        bytes.byte(start + distance, before: limit)
    }

    @inline(__always)
    mutating func take(_ kind: Token.Kind, length: Int) {
        self.kind = kind
        offset = start + length
    }

    @inline(__always)
    mutating func word(in bytes: Span<UInt8>) {
        kind = .word
        offset = bytes.endOfIdentifier(from: start + 1, before: limit)
    }

    /// A `--` comment; only PostgreSQL lets a carriage return end it.
    mutating func lineComment(endsAtCarriageReturn: Bool, in bytes: Span<UInt8>) {
        kind = .lineComment
        var index = bytes.firstIndex(of: 0x0A, in: start + 2..<limit) ?? limit
        if endsAtCarriageReturn {
            index = bytes.firstIndex(of: 0x0D, in: start + 2..<index) ?? index
        }
        if !endsAtCarriageReturn, index > start + 2, bytes[index - 1] == 0x0D { index -= 1 }
        offset = index
    }

    /// A string or quoted identifier whose opening mark is `openingLength` bytes long; the last of
    /// them is the quote that also ends it.
    mutating func quoted(
        _ style: QuoteStyle, as kind: Token.Kind = .string, openingLength: Int,
        in bytes: Span<UInt8>
    ) {
        self.kind = kind
        if kind == .string { self.style = style }
        var index = start + openingLength
        let quote = bytes[index - 1]
        while index < limit {
            if style != .escapes {
                index = bytes.firstIndex(of: quote, in: index..<limit) ?? limit
                guard index < limit else { break }
            }
            let byte = bytes[index]
            index += 1
            if byte == quote {
                guard style != .bare, bytes.byte(index, before: limit) == quote else {
                    offset = index
                    return
                }
                index += 1
            } else if byte == UInt8(ascii: "\\"), style == .escapes {
                index += 1
            }
        }
        offset = limit
        isTerminated = false
    }

    /// Digits with whatever hangs on to them: `1`, `1.5e-3`, `.5`, `0x1F`, `1_000`.
    mutating func number(in bytes: Span<UInt8>) {
        kind = .number
        let isHexadecimal =
            peek(0, in: bytes) == UInt8(ascii: "0")
            && peek(1, in: bytes) | 0x20 == UInt8(ascii: "x")
        var index = start
        var sawDot = false
        while index < limit {
            let byte = bytes[index]
            let following = bytes.byte(index + 1, before: limit)
            if byte == UInt8(ascii: ".") {
                guard !sawDot, following != UInt8(ascii: ".") else { break }
                sawDot = true
            } else if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") {
                let isExponent = index > start && bytes[index - 1] | 0x20 == UInt8(ascii: "e")
                guard isExponent, !isHexadecimal, following.isDigit else { break }
            } else if byte == UInt8(ascii: "$") || byte >= 0x80 || !byte.isIdentifierPart {
                break
            }
            index += 1
        }
        offset = index
    }
}
