/// SQLite's tokens.
extension TokenScan {
    mutating func sqlite(in bytes: Span<UInt8>) {
        let byte = bytes[start]
        let next = peek(1, in: bytes)
        switch byte {
        case UInt8(ascii: "'"):
            quoted(.doubling, openingLength: 1, in: bytes)
        case UInt8(ascii: "\""), UInt8(ascii: "`"):
            quoted(.doubling, as: .quotedIdentifier, openingLength: 1, in: bytes)
        case UInt8(ascii: "["):
            bracketed(in: bytes)
        case UInt8(ascii: "("):
            take(.openParenthesis, length: 1)
        case UInt8(ascii: ")"):
            take(.closeParenthesis, length: 1)
        case UInt8(ascii: ";"):
            take(.semicolon, length: 1)
        case UInt8(ascii: "."):
            if next.isDigit { number(in: bytes) } else { take(.dot, length: 1) }
        case UInt8(ascii: "-") where next == UInt8(ascii: "-"):
            lineComment(endsAtCarriageReturn: false, in: bytes)
        case UInt8(ascii: "/") where next == UInt8(ascii: "*"):
            comment(in: bytes)
        case UInt8(ascii: "?"), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: ":"),
            UInt8(ascii: "$"):
            word(in: bytes)
            kind = .parameter
        case UInt8(ascii: "x") where next == UInt8(ascii: "'"),
            UInt8(ascii: "X") where next == UInt8(ascii: "'"):
            quoted(.bare, openingLength: 2, in: bytes)
        default:
            if byte.isDigit {
                number(in: bytes)
            } else if byte.isIdentifierStart {
                word(in: bytes)
            } else {
                take(.symbol, length: symbolLength(byte, next, in: bytes))
            }
        }
    }

    private mutating func bracketed(in bytes: Span<UInt8>) {
        kind = .quotedIdentifier
        if let close = bytes.firstIndex(of: UInt8(ascii: "]"), in: start..<limit) {
            offset = close + 1
        } else {
            offset = limit
            isTerminated = false
        }
    }

    /// Not nested, and one that is not closed runs to the end of the input, as sqlite3 has it.
    private mutating func comment(in bytes: Span<UInt8>) {
        kind = .blockComment
        var index = start + 2
        while index + 1 < limit {
            if bytes[index] == UInt8(ascii: "*"), bytes[index + 1] == UInt8(ascii: "/") {
                offset = index + 2
                return
            }
            index += 1
        }
        offset = limit
    }

    private func symbolLength(_ byte: UInt8, _ next: UInt8, in bytes: Span<UInt8>) -> Int {
        switch (byte, next) {
        case (UInt8(ascii: "-"), UInt8(ascii: ">")):
            peek(2, in: bytes) == UInt8(ascii: ">") ? 3 : 2
        case (UInt8(ascii: "<"), UInt8(ascii: "=")), (UInt8(ascii: "<"), UInt8(ascii: ">")),
            (UInt8(ascii: "<"), UInt8(ascii: "<")), (UInt8(ascii: ">"), UInt8(ascii: "=")),
            (UInt8(ascii: ">"), UInt8(ascii: ">")), (UInt8(ascii: "="), UInt8(ascii: "=")),
            (UInt8(ascii: "!"), UInt8(ascii: "=")), (UInt8(ascii: "|"), UInt8(ascii: "|")):
            2
        default: 1
        }
    }
}
