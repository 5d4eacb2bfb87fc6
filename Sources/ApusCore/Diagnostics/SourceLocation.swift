/// A place in a text file, as editors count: lines and columns start at 1.
public struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    /// The file as the user named it (relative where it was given relative).
    public var file: String
    /// 1 for the first line.
    public var line: Int
    /// 1 for the first character of the line; counted in Unicode scalars, not bytes.
    public var column: Int

    public init(file: String, line: Int, column: Int = 1) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`, which editors and terminals make clickable.
    public var description: String { "\(file):\(line):\(column)" }
}

/// The line that a diagnostic points into, and how much of it the caret covers.
public struct SourceExcerpt: Hashable, Sendable {
    /// The whole line without its line ending.
    public var text: String
    /// How many characters from the location's column on are marked; at least 1.
    public var length: Int

    public init(text: String, length: Int = 1) {
        self.text = text
        self.length = length < 1 ? 1 : length
    }
}
