/// PostgreSQL's tokens.
extension TokenScan {
    /// `plainStyle` is how a string without a prefix is read.
    mutating func postgres(in bytes: Span<UInt8>, plainStyle: QuoteStyle) {
        let byte = bytes[start]
        switch byte {
        case UInt8(ascii: "'"):
            quoted(plainStyle, openingLength: 1, in: bytes)
        case UInt8(ascii: "\""):
            quoted(.doubling, as: .quotedIdentifier, openingLength: 1, in: bytes)
        case UInt8(ascii: "("):
            take(.openParenthesis, length: 1)
        case UInt8(ascii: ")"):
            take(.closeParenthesis, length: 1)
        case UInt8(ascii: ";"):
            take(.semicolon, length: 1)
        case UInt8(ascii: "\\"):
            take(.backslash, length: 1)
        case UInt8(ascii: "$"):
            dollar(in: bytes)
        case UInt8(ascii: "."):
            dot(in: bytes)
        case UInt8(ascii: ":"):
            let next = peek(1, in: bytes)
            take(.symbol, length: next == UInt8(ascii: ":") || next == UInt8(ascii: "=") ? 2 : 1)
        case UInt8(ascii: "-") where peek(1, in: bytes) == UInt8(ascii: "-"):
            lineComment(endsAtCarriageReturn: true, in: bytes)
        case UInt8(ascii: "/") where peek(1, in: bytes) == UInt8(ascii: "*"):
            nestedComment(in: bytes)
        default:
            if byte.isDigit {
                number(in: bytes)
            } else if byte.isIdentifierStart {
                wordOrPrefixedString(byte, in: bytes, plainStyle: plainStyle)
            } else if byte.isOperator {
                operatorRun(in: bytes)
            } else {
                take(.symbol, length: 1)
            }
        }
    }

    private mutating func dot(in bytes: Span<UInt8>) {
        let next = peek(1, in: bytes)
        if next.isDigit {
            number(in: bytes)
        } else if next == UInt8(ascii: ".") {
            take(.symbol, length: 2)
        } else {
            take(.dot, length: 1)
        }
    }

    private mutating func wordOrPrefixedString(
        _ byte: UInt8, in bytes: Span<UInt8>, plainStyle: QuoteStyle
    ) {
        let next = peek(1, in: bytes)
        if next == UInt8(ascii: "'") {
            switch byte.asciiUppercased {
            case UInt8(ascii: "E"): return quoted(.escapes, openingLength: 2, in: bytes)
            case UInt8(ascii: "B"), UInt8(ascii: "X"):
                return quoted(.bare, openingLength: 2, in: bytes)
            case UInt8(ascii: "N"): return quoted(plainStyle, openingLength: 2, in: bytes)
            default: break
            }
        } else if next == UInt8(ascii: "&"), byte.asciiUppercased == UInt8(ascii: "U") {
            switch peek(2, in: bytes) {
            case UInt8(ascii: "'"): return quoted(.doubling, openingLength: 3, in: bytes)
            case UInt8(ascii: "\""):
                return quoted(.doubling, as: .quotedIdentifier, openingLength: 3, in: bytes)
            default: break
            }
        }
        word(in: bytes)
    }

    /// A parameter (`$1`), a dollar-quoted string (`$tag$ … $tag$`), or a lone `$`.
    private mutating func dollar(in bytes: Span<UInt8>) {
        var index = start + 1
        if bytes.byte(index, before: limit).isDigit {
            while bytes.byte(index, before: limit).isDigit { index += 1 }
            return take(.parameter, length: index - start)
        }
        while index < limit, bytes[index] != UInt8(ascii: "$") {
            guard bytes[index].isIdentifierPart else { break }
            index += 1
        }
        guard bytes.byte(index, before: limit) == UInt8(ascii: "$") else {
            return take(.symbol, length: 1)
        }
        kind = .string
        let tagLength = index + 1 - start
        index += 1
        while let candidate = bytes.firstIndex(of: UInt8(ascii: "$"), in: index..<limit) {
            if repeatsTag(at: candidate, length: tagLength, in: bytes) {
                offset = candidate + tagLength
                return
            }
            index = candidate + 1
        }
        offset = limit
        isTerminated = false
    }

    private func repeatsTag(at candidate: Int, length: Int, in bytes: Span<UInt8>) -> Bool {
        guard candidate + length <= limit else { return false }
        for index in 1..<length where bytes[candidate + index] != bytes[start + index] {
            return false
        }
        return true
    }

    private mutating func nestedComment(in bytes: Span<UInt8>) {
        kind = .blockComment
        var depth = 1
        var index = start + 2
        while index < limit {
            let byte = bytes[index]
            let next = bytes.byte(index + 1, before: limit)
            if byte == UInt8(ascii: "*"), next == UInt8(ascii: "/") {
                index += 2
                depth -= 1
                if depth == 0 {
                    offset = index
                    return
                }
            } else if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
                index += 2
                depth += 1
            } else {
                index += 1
            }
        }
        offset = limit
        isTerminated = false
    }

    /// A run of operator characters, which a comment start cuts short. As the server has it, `+`
    /// and `-` do not end an operator made of SQL's own characters only: `=-1` is `=` and `-1`.
    private mutating func operatorRun(in bytes: Span<UInt8>) {
        var index = start
        var isExtended = false
        while index < limit, bytes[index].isOperator {
            let byte = bytes[index]
            let next = bytes.byte(index + 1, before: limit)
            if byte == UInt8(ascii: "-"), next == UInt8(ascii: "-") { break }
            if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") { break }
            isExtended = isExtended || byte.isExtendedOperator
            index += 1
        }
        if !isExtended {
            while index > start + 1,
                bytes[index - 1] == UInt8(ascii: "+") || bytes[index - 1] == UInt8(ascii: "-")
            {
                index -= 1
            }
        }
        take(.symbol, length: index - start)
    }
}

extension UInt8 {
    fileprivate var isOperator: Bool {
        switch self {
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"),
            UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="):
            true
        default: isExtendedOperator
        }
    }

    /// The operator characters that SQL itself does not use.
    fileprivate var isExtendedOperator: Bool {
        switch self {
        case UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "@"), UInt8(ascii: "#"),
            UInt8(ascii: "^"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "`"),
            UInt8(ascii: "?"), UInt8(ascii: "%"):
            true
        default: false
        }
    }
}
