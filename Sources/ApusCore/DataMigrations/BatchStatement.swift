/// A statement with `:start` and `:end` in it, where a batch's first and last key are put.
///
/// They stand for one value, or, where the key has several columns, for a list of them without
/// parentheses: `id BETWEEN :start AND :end`, `(house, id) BETWEEN (:start) AND (:end)`.
public struct BatchStatement: Hashable, Sendable {
    private enum Part: Hashable, Sendable {
        case text(String)
        case start, end
    }

    private let parts: [Part]

    /// The statement's text, with the places as they stand in the file.
    public let text: String

    /// `nil` where `:start` or `:end` is missing.
    public init?(_ statement: Statement, of source: MigrationSource, dialect: DatabaseEngine) {
        var parts: [Part] = []
        var textStart = statement.range.lowerBound
        func keep(_ part: Part, _ range: Range<Int>) {
            parts.append(.text(source.text(textStart..<range.lowerBound)))
            parts.append(part)
            textStart = range.upperBound
        }
        let places = source.withSpan { Self.places(in: $0, statement.range, dialect) }
        for (part, range) in places { keep(part, range) }
        guard parts.contains(.start), parts.contains(.end) else { return nil }
        parts.append(.text(source.text(textStart..<statement.range.upperBound)))
        self.parts = parts
        text = source.text(statement.range)
    }

    /// The statement with SQL expressions in the places.
    public func sql(start: [String], end: [String]) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .start: start.joined(separator: ", ")
            case .end: end.joined(separator: ", ")
            }
        }.joined()
    }

    private static func places(
        in bytes: Span<UInt8>, _ range: Range<Int>, _ dialect: DatabaseEngine
    ) -> [(Part, Range<Int>)] {
        var lexer = Lexer(dialect: dialect, from: range.lowerBound, to: range.upperBound)
        var places: [(Part, Range<Int>)] = []
        // PostgreSQL's lexer knows no `:name`: it is a colon, and a word right behind it.
        var colon: Int?
        while let token = lexer.nextSignificant(in: bytes) {
            if token.kind == .parameter {
                if bytes.matches(":START", at: token.range) { places.append((.start, token.range)) }
                if bytes.matches(":END", at: token.range) { places.append((.end, token.range)) }
            } else if let start = colon, start + 1 == token.range.lowerBound {
                let whole = start..<token.range.upperBound
                if token.isWord("START", in: bytes) { places.append((.start, whole)) }
                if token.isWord("END", in: bytes) { places.append((.end, whole)) }
            }
            let isColon =
                token.kind == .symbol && token.range.count == 1
                && bytes[token.range.lowerBound] == UInt8(ascii: ":")
            // The second of `::` begins nothing.
            colon =
                isColon && colon.map({ $0 + 1 }) != token.range.lowerBound
                ? token.range.lowerBound : nil
        }
        return places
    }
}
