import Crypto

/// The digest of what statements say, without their comments, white space and final `;`: an edit
/// that leaves it unchanged cannot change what the statements do.
///
/// For each statement it covers every token's bytes followed by a zero byte, then the COPY data, if
/// any, followed by a zero byte, then a one byte. A CRLF inside of a token or of the data is read as
/// LF, so that a checkout's line endings do not matter (FORMATS.md).
public struct MeaningChecksum: Sendable {
    private let dialect: DatabaseEngine
    private var strings = StringSetting()
    private var hash = SHA256()
    /// Tokens are short: they are handed on many at a time. `filled` of these bytes are waiting.
    private var pending = [UInt8](repeating: 0, count: 8192)
    private var filled = 0

    public init(dialect: DatabaseEngine) {
        self.dialect = dialect
    }

    /// Adds a statement of a section; the statements come in the order of the script.
    public mutating func add(_ statement: Statement, in bytes: Span<UInt8>) {
        var lexer = Lexer(
            dialect: dialect, from: statement.range.lowerBound, to: statement.range.upperBound,
            standardStrings: strings.isStandard)
        var mentionsSetting = false
        while let token = lexer.nextSignificant(in: bytes) {
            append(token.range, mayBreakLines: token.mayBreakLines, in: bytes)
            append(0)
            mentionsSetting = mentionsSetting || StringSetting.isNamed(by: token, in: bytes)
        }
        if let data = statement.copyData, !data.isEmpty {
            append(data, mayBreakLines: true, in: bytes)
            append(0)
        }
        append(1)
        if dialect == .postgres {
            strings.observe(statement, mentionsSetting: mentionsSetting, in: bytes)
        }
    }

    /// Adds what directives say of a statement that is run in batches, behind all statements: where it
    /// stands among them, which rows it goes through in which order, and who is given them.
    public mutating func add(_ clause: BatchClause, ofStatement index: Int) {
        append(2)
        for text in [String(index), clause.table] + clause.key + ["", clause.handler ?? ""] {
            for byte in text.utf8 { append(byte) }
            append(0)
        }
    }

    /// Adds that a statement verifies the batches before it.
    public mutating func addVerification(_ index: Int) {
        append(3)
        for byte in String(index).utf8 { append(byte) }
        append(0)
    }

    /// The digest of all that was added; more may be added afterwards.
    public func finish() -> Checksum {
        var copy = self
        copy.flush()
        return Checksum(copy.hash.finalize())
    }

    private mutating func append(
        _ range: Range<Int>, mayBreakLines: Bool, in bytes: Span<UInt8>
    ) {
        var start = range.lowerBound
        if mayBreakLines {
            var index = start
            while let carriageReturn = bytes.firstIndex(of: 0x0D, in: index..<range.upperBound) {
                index = carriageReturn + 1
                if bytes.byte(index, before: range.upperBound) == 0x0A {
                    appendAsIs(start..<carriageReturn, in: bytes)
                    start = index
                }
            }
        }
        appendAsIs(start..<range.upperBound, in: bytes)
    }

    private mutating func appendAsIs(_ range: Range<Int>, in bytes: Span<UInt8>) {
        if filled + range.count >= pending.count { flush() }
        if range.count >= pending.count {
            bytes.extracting(range).withUnsafeBytes { hash.update(bufferPointer: $0) }
            return
        }
        var target = filled
        for index in range {
            pending[target] = bytes[index]
            target += 1
        }
        filled = target
    }

    private mutating func append(_ byte: UInt8) {
        if filled == pending.count { flush() }
        pending[filled] = byte
        filled += 1
    }

    private mutating func flush() {
        pending.withUnsafeBytes {
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<filled]))
        }
        filled = 0
    }
}

extension Token {
    /// Whether the token may hold line endings.
    fileprivate var mayBreakLines: Bool { kind == .string || kind == .quotedIdentifier }
}
