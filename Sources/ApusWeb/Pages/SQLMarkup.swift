import ApusCore

/// SQL for reading: lines with their numbers, tokens with their kinds.
struct SQLMarkup: Sendable {
    struct Line: Sendable {
        var number: Int
        /// Escaped, with spans around what is coloured.
        var html: String
    }

    var lines: [Line]
    /// How many lines were left out at the end.
    var left: Int

    /// - Parameters:
    ///   - range: The bytes to show.
    ///   - line: The number of the line that the range begins in.
    init(
        _ source: MigrationSource, _ range: Range<Int>, line: Int, dialect: DatabaseEngine,
        limit: Int = 1000
    ) {
        let (texts, count) = source.withSpan { bytes in
            Self.marked(bytes, range, dialect, limit)
        }
        var first = line
        var all = texts[...]
        // A section begins behind its marker's line and often ends with empty lines.
        while all.first?.isEmpty == true {
            all.removeFirst()
            first += 1
        }
        while all.last?.isEmpty == true { all.removeLast() }
        lines = all.enumerated().map { Line(number: first + $0.offset, html: $0.element) }
        left = count
    }

    private static func marked(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ dialect: DatabaseEngine, _ limit: Int
    ) -> ([String], Int) {
        var lines = [""]
        var position = range.lowerBound
        var lexer = Lexer(dialect: dialect, from: range.lowerBound, to: range.upperBound)
        func text(_ part: Range<Int>) -> String {
            bytes.extracting(part).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        }
        func add(_ part: Range<Int>, _ style: String?) {
            for (index, piece) in TextLines.of(text(part)).enumerated() {
                if index > 0 { lines.append("") }
                let clean = SVG.escaped(piece)
                guard !clean.isEmpty else { continue }
                lines[lines.count - 1] +=
                    style.map { "<span class=\"\($0)\">\(clean)</span>" } ?? clean
            }
        }
        while lines.count <= limit, let token = lexer.next(in: bytes) {
            if token.range.lowerBound > position { add(position..<token.range.lowerBound, nil) }
            add(token.range, style(token, text))
            position = token.range.upperBound
        }
        if lines.count <= limit, position < range.upperBound {
            add(position..<range.upperBound, nil)
        }
        guard lines.count > limit else { return (lines, 0) }
        var rest = lines.count - limit
        for index in min(position, range.upperBound)..<range.upperBound where bytes[index] == 0x0A {
            rest += 1
        }
        return (Array(lines.prefix(limit)), rest)
    }

    private static func style(_ token: Token, _ text: (Range<Int>) -> String) -> String? {
        switch token.kind {
        case .string: "text"
        case .lineComment, .blockComment: "note"
        case .word where keywords.contains(text(token.range).uppercased()): "key"
        default: nil
        }
    }

    /// The words that carry a statement; colour for every reserved word would be noise.
    private static let keywords: Set = [
        "ADD", "ALTER", "AND", "AS", "BEGIN", "BY", "CASCADE", "CHECK", "COLUMN", "COMMIT",
        "CONCURRENTLY", "CONSTRAINT", "COPY", "CREATE", "DEFAULT", "DELETE", "DISTINCT", "DO",
        "DROP", "ELSE", "END", "EXISTS", "FOREIGN", "FROM", "FUNCTION", "GRANT", "GROUP", "IF",
        "IN", "INDEX", "INSERT", "INTO", "JOIN", "KEY", "LEFT", "NOT", "NULL", "ON", "OR", "ORDER",
        "PRIMARY", "REFERENCES", "RENAME", "REPLACE", "RETURNING", "RETURNS", "REVOKE", "SELECT",
        "SET", "TABLE", "THEN", "TO", "TRIGGER", "TRUNCATE", "TYPE", "UNION", "UNIQUE", "UPDATE",
        "USING", "VALUES", "VIEW", "WHEN", "WHERE", "WITH",
    ]
}
