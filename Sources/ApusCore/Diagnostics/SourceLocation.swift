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
    /// The line without its line ending; of a very long line, the part around the place.
    public var text: String
    /// Where in `text` the mark begins, from 1: the location's column unless the line was cut.
    public var caret: Int
    /// How many characters are marked; at least 1.
    public var length: Int

    public init(text: String, caret: Int, length: Int = 1) {
        self.text = text
        self.caret = max(1, caret)
        self.length = max(1, length)
    }
}
