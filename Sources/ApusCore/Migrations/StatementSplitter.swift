/// Cuts a script into statements, one at a time, without copying any of it.
///
/// It ends a statement where psql or sqlite3 would: at a `;` that is not inside a quoted text, a
/// comment, a parenthesis (PostgreSQL), a `BEGIN ATOMIC` body (PostgreSQL) or a trigger's body
/// (SQLite). A statement before the end of the input needs no `;`. The data lines that follow a
/// `COPY … FROM STDIN` belong to it.
///
///     var splitter = StatementSplitter(dialect: .postgres)
///     while let item = try splitter.next(in: bytes) { … }
public struct StatementSplitter: Sendable {
    private let dialect: DatabaseEngine
    private let recognisesMarkers: Bool
    /// Where the input ends; the lexer's own end comes earlier while a line holds the rest of what
    /// was written behind a COPY, see `afterCopyData`.
    private let end: Int
    private var lexer: Lexer
    private var position: TextPosition
    private var strings = StringSetting()
    /// Where lexing goes on once the line of a `COPY … FROM STDIN` is used up.
    private var afterCopyData: Int?

    /// Splits `bytes[offset..<end]`; `line` is that of `offset`, which is taken to be the line's
    /// first byte. A byte order mark at offset 0 is skipped.
    public init(
        dialect: DatabaseEngine, from offset: Int = 0, to end: Int? = nil, line: Int = 1,
        recognisesMarkers: Bool = true
    ) {
        self.dialect = dialect
        self.recognisesMarkers = recognisesMarkers
        self.end = end ?? .max
        lexer = Lexer(dialect: dialect, from: offset, to: self.end)
        position = TextPosition(offset: offset, line: line)
    }

    /// The next item, or nil at the end. Every call is given the same bytes. After a failure there
    /// is nothing more.
    public mutating func next(in bytes: Span<UInt8>) throws(SplitFailure) -> SplitItem? {
        skipByteOrderMark(in: bytes)
        while let token = lexer.next(in: bytes) {
            switch token.kind {
            case .semicolon:
                continue
            case .lineComment:
                if let item = loneComment(token, in: bytes) { return item }
            case .blockComment where token.isTerminated:
                continue
            case .parameter where skipsShellComment(token, in: bytes):
                continue
            case .backslash where skipsRestriction(token, in: bytes):
                continue
            default:
                return .statement(try statement(startingWith: token, in: bytes))
            }
        }
        guard resumeAfterCopyData() else { return nil }
        return try next(in: bytes)
    }

    private mutating func statement(
        startingWith first: Token, in bytes: Span<UInt8>
    ) throws(SplitFailure) -> Statement {
        try refuseDotCommand(first, in: bytes)
        var shape = StatementShape()
        var depth = 0
        var last = first
        var mentionsSetting = false
        var isOpen = true
        var current: Token? = first
        while isOpen, let token = current {
            switch token.kind {
            case .lineComment where recognisesMarkers:
                if isLone(token, in: bytes), SectionMarker(comment: token.range, in: bytes) != nil {
                    lexer.offset = token.range.lowerBound
                    isOpen = false
                }
            case .lineComment, .blockComment:
                if !token.isTerminated { throw unterminated(token, in: bytes) }
            case .backslash where dialect == .postgres:
                throw psqlCommand(token, in: bytes)
            case .semicolon where depth == 0 && !shape.holdsSemicolon:
                isOpen = false
                if shape.isCopyFromStdin { return copyStatement(first, last, token, in: bytes) }
            default:
                if !token.isTerminated { throw unterminated(token, in: bytes) }
                shape.take(token, depth: depth, in: bytes, dialect: dialect)
                if dialect == .postgres {
                    if token.kind == .openParenthesis { depth += 1 }
                    if token.kind == .closeParenthesis, depth > 0 { depth -= 1 }
                    mentionsSetting = mentionsSetting || StringSetting.isNamed(by: token, in: bytes)
                }
                last = token
            }
            if isOpen { current = lexer.next(in: bytes) }
        }
        var statement = finished(first, last, in: bytes)
        if statement.kind == .copyFromStdin {
            statement.copyData = last.range.upperBound..<last.range.upperBound
        }
        if dialect == .postgres {
            strings.observe(statement, mentionsSetting: mentionsSetting, in: bytes)
            lexer.standardStrings = strings.isStandard
        }
        return statement
    }

    private mutating func finished(
        _ first: Token, _ last: Token, in bytes: Span<UInt8>
    ) -> Statement {
        position.advance(to: first.range.lowerBound, in: bytes)
        let range = first.range.lowerBound..<last.range.upperBound
        return Statement(
            range: range, line: position.line, column: position.column,
            kind: StatementClassifier.kind(of: range, in: bytes, dialect: dialect))
    }

    private mutating func copyStatement(
        _ first: Token, _ last: Token, _ semicolon: Token, in bytes: Span<UInt8>
    ) -> Statement {
        let data = CopyData(
            after: semicolon.range.upperBound, resumingAt: afterCopyData,
            before: min(end, bytes.count), in: bytes)
        lexer.end = data.lineEnd
        afterCopyData = data.end
        var statement = finished(first, last, in: bytes)
        statement.copyData = data.range
        return statement
    }

    /// Goes on behind the data of the COPY statements of a line that is used up.
    private mutating func resumeAfterCopyData() -> Bool {
        guard let afterCopyData else { return false }
        lexer = Lexer(
            dialect: dialect, from: afterCopyData, to: end, standardStrings: strings.isStandard)
        self.afterCopyData = nil
        return true
    }

    /// A comment between statements, as an item if it has its line to itself.
    private mutating func loneComment(_ token: Token, in bytes: Span<UInt8>) -> SplitItem? {
        guard isLone(token, in: bytes) else { return nil }
        position.advance(to: token.range.lowerBound, in: bytes)
        if recognisesMarkers, let marker = SectionMarker(comment: token.range, in: bytes) {
            // Each section runs in a session of its own.
            strings = StringSetting()
            lexer.standardStrings = strings.isStandard
            return .marker(marker, token.range, line: position.line)
        }
        return .comment(token.range, line: position.line)
    }

    private func isLone(_ token: Token, in bytes: Span<UInt8>) -> Bool {
        let floor = bytes.startsWithByteOrderMark ? 3 : 0
        var index = token.range.lowerBound
        while index > floor {
            let byte = bytes[index - 1]
            if byte == 0x0A || byte == 0x0D { return true }
            guard byte.isWhiteSpace else { return false }
            index -= 1
        }
        return true
    }

    private mutating func skipByteOrderMark(in bytes: Span<UInt8>) {
        guard lexer.offset == 0, bytes.startsWithByteOrderMark else { return }
        lexer.offset = 3
        position = TextPosition(offset: 3, line: position.line)
    }

    /// Ends the splitting with a failure at `token`.
    mutating func failure(
        _ code: DiagnosticCode, _ message: String, at token: Range<Int>, in bytes: Span<UInt8>
    ) -> SplitFailure {
        position.advance(to: token.lowerBound, in: bytes)
        lexer.offset = .max
        afterCopyData = nil
        return SplitFailure(
            code: code, message: message, offset: token.lowerBound, length: max(token.count, 1),
            line: position.line, column: position.column)
    }

    /// Passes over the rest of the line.
    mutating func skipLine(from offset: Int, in bytes: Span<UInt8>) {
        let limit = min(lexer.end, bytes.count)
        lexer.offset = bytes.firstIndex(of: 0x0A, in: offset..<limit) ?? limit
    }

    var isPostgres: Bool { dialect == .postgres }

    func limit(in bytes: Span<UInt8>) -> Int { min(lexer.end, bytes.count) }
}
