/// What the splitter refuses: tokens without an end, and commands to psql or sqlite3 themselves.
extension StatementSplitter {
    mutating func unterminated(_ token: Token, in bytes: Span<UInt8>) -> SplitFailure {
        var index = token.range.lowerBound
        if token.kind == .blockComment {
            return failure(
                .unterminatedToken, "this comment is not closed: */ is missing",
                at: index..<index + 2, in: bytes)
        }
        // The opening mark: letters before a quote, or a dollar tag.
        while index < token.range.upperBound,
            bytes[index].isIdentifierPart || bytes[index] == UInt8(ascii: "&")
        {
            index += 1
        }
        let first = bytes[token.range.lowerBound]
        let isDollar = first == UInt8(ascii: "$")
        let opening =
            token.range.lowerBound..<min(isDollar ? index : index + 1, token.range.upperBound)
        let mark = bytes.text(opening)
        let message =
            switch (token.kind, isDollar) {
            case (.quotedIdentifier, _): "this quoted identifier is not closed"
            case (_, true): "this dollar-quoted string is not closed: \(mark) is missing"
            default: "this string is not closed"
            }
        return failure(.unterminatedToken, message, at: opening, in: bytes)
    }

    /// A failure for the psql command at a backslash outside of quotes.
    mutating func psqlCommand(_ backslash: Token, in bytes: Span<UInt8>) -> SplitFailure {
        let range = commandRange(at: backslash.range.lowerBound, in: bytes)
        let name = bytes.text(range)
        return failure(
            .psqlCommand, "\(name) is a psql command, not SQL: \(Self.advice(onPsqlCommand: name))",
            at: range, in: bytes)
    }

    /// Passes over a `\restrict` or `\unrestrict` line: pg_dump writes them to keep psql from
    /// running commands out of the data, and they mean nothing here.
    mutating func skipsRestriction(_ backslash: Token, in bytes: Span<UInt8>) -> Bool {
        guard isPostgres else { return false }
        let range = commandRange(at: backslash.range.lowerBound, in: bytes)
        guard bytes.matches("\\RESTRICT", at: range) || bytes.matches("\\UNRESTRICT", at: range)
        else { return false }
        skipLine(from: range.upperBound, in: bytes)
        return true
    }

    /// Passes over a line that begins with `#`, which sqlite3 takes for a comment.
    mutating func skipsShellComment(_ token: Token, in bytes: Span<UInt8>) -> Bool {
        let start = token.range.lowerBound
        guard !isPostgres, bytes[start] == UInt8(ascii: "#"),
            start == 0 || bytes[start - 1] == 0x0A
        else { return false }
        skipLine(from: start, in: bytes)
        return true
    }

    /// Refuses `.read file` and the like.
    mutating func refuseDotCommand(
        _ token: Token, in bytes: Span<UInt8>
    ) throws(SplitFailure) {
        guard !isPostgres, token.kind == .dot else { return }
        let range = commandRange(at: token.range.lowerBound, in: bytes)
        guard range.count > 1 else { return }
        let name = bytes.text(range)
        throw failure(
            .psqlCommand, "\(name) is a sqlite3 command, not SQL: write what it does in SQL",
            at: range, in: bytes)
    }

    /// The mark with the letters behind it, or with one other character (`\!`, `\;`).
    private func commandRange(at start: Int, in bytes: Span<UInt8>) -> Range<Int> {
        let limit = limit(in: bytes)
        var index = start + 1
        while index < limit, bytes[index].isIdentifierPart { index += 1 }
        if index == start + 1, index < limit, !bytes[index].isWhiteSpace { index += 1 }
        return start..<index
    }

    private static func advice(onPsqlCommand name: String) -> String {
        switch name {
        case "\\c", "\\connect": "a migration runs in the database that Apus is connected to"
        case "\\i", "\\ir", "\\include", "\\include_relative":
            "put the statements of that file here, or into a migration of their own"
        case "\\copy": "use COPY … FROM STDIN with the data lines below it"
        case "\\set", "\\gset", "\\unset", "\\prompt": "write the value into the statement"
        case "\\if", "\\elif", "\\else", "\\endif": "decide inside a DO block"
        case "\\g", "\\gx", "\\gexec", "\\;": "end the statement with a semicolon"
        default: "remove it"
        }
    }
}

extension Span<UInt8> {
    var startsWithByteOrderMark: Bool {
        count >= 3 && self[0] == 0xEF && self[1] == 0xBB && self[2] == 0xBF
    }
}
