import ApusCore

/// Expressions as the server writes them, brought into the form that survives being read again.
///
/// PostgreSQL does not write every expression as it would after parsing its own text: a dump that
/// is restored then shows other texts for the same schema. Two forms are known, both common.
enum DeparsedText {
    /// The attributes that hold expressions.
    static let attributes: Set<String> = [
        "definition", "default", "generated", "using", "check", "index", "partition-bound",
        "tables",
    ]

    static func normalised(_ text: String) -> String {
        var text = text
        // Each round mends the innermost; nobody nests arrays of constants deeply.
        for _ in 0..<4 where holds("(ARRAY[", text) {
            let mended = applied(arrayCasts, to: text)
            if mended == text { break }
            text = mended
        }
        return holds(") AND ", text) || holds(") OR ", text)
            ? applied(needlessParentheses, to: text) : text
    }

    /// By bytes: nearly every text of a schema is only looked at and left alone.
    private static func holds(_ part: StaticString, _ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            part.withUTF8Buffer { part in
                guard bytes.count >= part.count else { return false }
                return (0...bytes.count - part.count).contains { start in
                    bytes[start] == part[0]
                        && part.indices.allSatisfy { bytes[start + $0] == part[$0] }
                }
            }
        }
    }

    private struct Edit {
        var range: Range<Int>
        var replacement: String = ""
    }

    private static func applied(
        _ edits: (borrowing TokenText) -> [Edit], to text: String
    ) -> String {
        let source = TokenText(text)
        let edits = edits(source).sorted { $0.range.lowerBound < $1.range.lowerBound }
        guard !edits.isEmpty else { return text }
        var result: [UInt8] = []
        var copied = 0
        for edit in edits where edit.range.lowerBound >= copied {
            result += source.bytes[copied..<edit.range.lowerBound]
            result += Array(edit.replacement.utf8)
            copied = edit.range.upperBound
        }
        result += source.bytes[copied...]
        return String(decoding: result, as: UTF8.self)
    }

    /// `(ARRAY['a'::T, 'b'::T])::U[]`, which `x IN ('a', 'b')` gives, is read as
    /// `ARRAY[('a'::T)::U, ('b'::T)::U]`.
    private static func arrayCasts(_ text: borrowing TokenText) -> [Edit] {
        var edits: [Edit] = []
        for start in 0..<max(0, text.count - 6)
        where text[start] == "(" && text[start + 1] == "ARRAY" && text[start + 2] == "[" {
            guard let end = text.end(of: start + 2), end + 2 < text.count,
                text[end + 1] == ")", text[end + 2] == "::",
                let type = text.arrayType(from: end + 3)
            else { continue }
            let elements = text.elements(start + 3..<end).map { "(\($0))::\(type.name)" }
            edits.append(
                Edit(
                    range: text.bytes(of: start..<type.end),
                    replacement: "ARRAY[\(elements.joined(separator: ", "))]"))
        }
        return edits
    }

    /// `((a AND b) AND c)`, which `x BETWEEN 1 AND 2 AND c` gives, is read as `(a AND b AND c)`.
    private static func needlessParentheses(_ text: borrowing TokenText) -> [Edit] {
        var edits: [Edit] = []
        for start in 0..<text.count where text[start] == "(" {
            guard start > 0, let end = text.end(of: start), end + 1 < text.count,
                let connective = text.connective(start + 1..<end)
            else { continue }
            let (before, after) = (text[start - 1], text[end + 1])
            guard before == connective || after == connective,
                before == connective || before == "(", after == connective || after == ")"
            else { continue }
            edits.append(Edit(range: text.bytes(of: start..<start + 1)))
            edits.append(Edit(range: text.bytes(of: end..<end + 1)))
        }
        return edits
    }
}

/// A text cut into tokens, with its brackets matched.
private struct TokenText {
    let bytes: [UInt8]
    private let ranges: [Range<Int>]
    private let words: [String]
    /// Where each opening bracket is closed.
    private let ends: [Int: Int]

    init(_ text: String) {
        let bytes = Array(text.utf8)
        var ranges: [Range<Int>] = []
        var lexer = Lexer(dialect: .postgres)
        while let token = lexer.nextSignificant(in: bytes.span) { ranges.append(token.range) }
        let words = ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
        var ends: [Int: Int] = [:]
        var open: [Int] = []
        for (index, word) in words.enumerated() {
            switch word {
            case "(", "[": open.append(index)
            case ")", "]": if let start = open.popLast() { ends[start] = index }
            default: break
            }
        }
        self.bytes = bytes
        self.ranges = ranges
        self.words = words
        self.ends = ends
    }

    var count: Int { words.count }
    subscript(index: Int) -> String { words[index] }
    func end(of opening: Int) -> Int? { ends[opening] }

    func bytes(of tokens: Range<Int>) -> Range<Int> {
        ranges[tokens.lowerBound].lowerBound..<ranges[tokens.upperBound - 1].upperBound
    }

    private func text(_ tokens: Range<Int>) -> String {
        String(decoding: bytes[bytes(of: tokens)], as: UTF8.self)
    }

    /// Runs `body` for each token of `tokens` that stands in no bracket.
    private func forEachOutside(_ tokens: Range<Int>, _ body: (Int) -> Void) {
        var index = tokens.lowerBound
        while index < tokens.upperBound {
            body(index)
            index = (ends[index] ?? index) + 1
        }
    }

    /// What stands between the commas.
    func elements(_ tokens: Range<Int>) -> [String] {
        var commas: [Int] = []
        forEachOutside(tokens) { if words[$0] == "," { commas.append($0) } }
        let starts = [tokens.lowerBound] + commas.map { $0 + 1 }
        return zip(starts, commas + [tokens.upperBound]).compactMap { start, end in
            start < end ? text(start..<end) : nil
        }
    }

    /// AND or OR, where they alone join what stands there.
    func connective(_ tokens: Range<Int>) -> String? {
        var found: Set<String> = []
        forEachOutside(tokens) { index in
            switch words[index] {
            case "AND", "OR", "SELECT", "BETWEEN", ",": found.insert(words[index])
            default: break
            }
        }
        return found == ["AND"] || found == ["OR"] ? found.first : nil
    }

    /// The type in front of `[]`: its name, and the token behind the brackets.
    func arrayType(from start: Int) -> (name: String, end: Int)? {
        var index = start
        while index + 1 < count {
            if words[index] == "[" {
                guard words[index + 1] == "]", index > start else { return nil }
                return (text(start..<index), index + 2)
            }
            let first = words[index].utf8.first ?? 0
            guard
                words[index] == "." || words[index] == "(" || first == UInt8(ascii: "\"")
                    || first == UInt8(ascii: "_") || first | 0x20 >= UInt8(ascii: "a")
            else { return nil }
            index = (ends[index] ?? index) + 1
        }
        return nil
    }
}
