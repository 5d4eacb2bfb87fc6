/// What the splitter finds, in the order of the script.
public enum SplitItem: Hashable, Sendable {
    case statement(Statement)
    /// A `--` comment that stands alone on its line, between statements (not inside one): its bytes
    /// without the line ending.
    case comment(Range<Int>, line: Int)
    /// A section marker line. It ends an unfinished statement before it, which is returned first.
    case marker(SectionMarker, Range<Int>, line: Int)
}

/// Why a script cannot be split, and where.
public struct SplitFailure: Error, Hashable, Sendable {
    public var code: DiagnosticCode
    /// One sentence without a final full stop.
    public var message: String
    /// The byte offset where the offending token starts.
    public var offset: Int
    /// How many bytes are to be marked, at least 1; they are on one line.
    public var length: Int
    /// The line of `offset`, 1 for the first.
    public var line: Int
    /// The column of `offset` in Unicode scalars, 1 for the line's first.
    public var column: Int

    public init(
        code: DiagnosticCode, message: String, offset: Int, length: Int, line: Int, column: Int
    ) {
        self.code = code
        self.message = message
        self.offset = offset
        self.length = length
        self.line = line
        self.column = column
    }
}
