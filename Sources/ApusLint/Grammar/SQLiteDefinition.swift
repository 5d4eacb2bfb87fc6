import ApusCore

/// What a statement of SQLite does to the schema, as far as its first words tell.
enum SQLiteDefinition: Hashable, Sendable {
    case createTable(String, isAutoincrement: Bool)
    case createIndex(String, on: String, isUnique: Bool)
    case createTrigger(String, on: String)
    case dropTable(String)
    case dropIndex(String)
    case dropTrigger(String)
    case renameTable(String, to: String)
    case renameColumn(table: String, String, to: String)
    case addColumn(table: String, String)
    case dropColumn(table: String, String)
    /// `PRAGMA name = value`; the value is `nil` where the pragma only asks.
    case pragma(String, value: String?)
    case other

    /// Names come without quotes, in lower case: SQLite compares them so.
    init(_ statement: Statement, in source: MigrationSource) {
        self = source.withSpan { bytes in
            var words = SQLiteWords(statement.range, in: bytes)
            return Self.read(&words, in: bytes)
        }
    }

    private static func read(_ words: inout SQLiteWords, in bytes: Span<UInt8>) -> Self {
        if words.take("CREATE", in: bytes) { return creation(&words, in: bytes) }
        if words.take("DROP", in: bytes) { return drop(&words, in: bytes) }
        if words.take("ALTER", in: bytes), words.take("TABLE", in: bytes) {
            return alteration(&words, in: bytes)
        }
        if words.take("PRAGMA", in: bytes), let name = words.name(in: bytes) {
            // PRAGMA name = value, PRAGMA name(value)
            words.skipSymbol(in: bytes)
            return .pragma(name, value: words.name(in: bytes))
        }
        return .other
    }

    private static func creation(_ words: inout SQLiteWords, in bytes: Span<UInt8>) -> Self {
        if !words.take("TEMP", in: bytes) { _ = words.take("TEMPORARY", in: bytes) }
        let isUnique = words.take("UNIQUE", in: bytes)
        if words.take("TABLE", in: bytes) || words.take("VIRTUAL", in: bytes) {
            _ = words.take("TABLE", in: bytes)
            words.takeIfExists(in: bytes)
            guard let name = words.name(in: bytes) else { return .other }
            let isAutoincrement = words.skip(to: "AUTOINCREMENT", in: bytes)
            return .createTable(name, isAutoincrement: isAutoincrement)
        }
        if words.take("TRIGGER", in: bytes) {
            words.takeIfExists(in: bytes)
            // CREATE TRIGGER name BEFORE UPDATE OF a, b ON table
            guard let name = words.name(in: bytes), words.skip(to: "ON", in: bytes),
                words.take("ON", in: bytes), let table = words.name(in: bytes)
            else { return .other }
            return .createTrigger(name, on: table)
        }
        guard words.take("INDEX", in: bytes) else { return .other }
        words.takeIfExists(in: bytes)
        guard let name = words.name(in: bytes), words.take("ON", in: bytes),
            let table = words.name(in: bytes)
        else { return .other }
        return .createIndex(name, on: table, isUnique: isUnique)
    }

    private static func drop(_ words: inout SQLiteWords, in bytes: Span<UInt8>) -> Self {
        let make: (String) -> Self
        if words.take("TABLE", in: bytes) {
            make = Self.dropTable
        } else if words.take("INDEX", in: bytes) {
            make = Self.dropIndex
        } else if words.take("TRIGGER", in: bytes) {
            make = Self.dropTrigger
        } else {
            return .other
        }
        words.takeIfExists(in: bytes)
        return words.name(in: bytes).map(make) ?? .other
    }

    private static func alteration(_ words: inout SQLiteWords, in bytes: Span<UInt8>) -> Self {
        guard let table = words.name(in: bytes) else { return .other }
        if words.take("RENAME", in: bytes) {
            if words.take("TO", in: bytes) {
                return words.name(in: bytes).map { .renameTable(table, to: $0) } ?? .other
            }
            _ = words.take("COLUMN", in: bytes)
            guard let old = words.name(in: bytes), words.take("TO", in: bytes),
                let new = words.name(in: bytes)
            else { return .other }
            return .renameColumn(table: table, old, to: new)
        }
        let isDrop = words.take("DROP", in: bytes)
        guard isDrop || words.take("ADD", in: bytes) else { return .other }
        _ = words.take("COLUMN", in: bytes)
        guard let column = words.name(in: bytes) else { return .other }
        return isDrop ? .dropColumn(table: table, column) : .addColumn(table: table, column)
    }
}

/// The words of a statement of SQLite, one after the other.
private struct SQLiteWords {
    private var lexer: Lexer
    private var current: Token?

    init(_ range: Range<Int>, in bytes: Span<UInt8>) {
        lexer = Lexer(dialect: .sqlite, from: range.lowerBound, to: range.upperBound)
        current = lexer.nextSignificant(in: bytes)
    }

    mutating func take(_ keyword: StaticString, in bytes: Span<UInt8>) -> Bool {
        guard let token = current, token.isWord(keyword, in: bytes) else { return false }
        current = lexer.nextSignificant(in: bytes)
        return true
    }

    /// Goes on to a keyword; false at the end of the statement, where there is none.
    mutating func skip(to keyword: StaticString, in bytes: Span<UInt8>) -> Bool {
        while let token = current {
            if token.isWord(keyword, in: bytes) { return true }
            current = lexer.nextSignificant(in: bytes)
        }
        return false
    }

    mutating func takeIfExists(in bytes: Span<UInt8>) {
        guard take("IF", in: bytes) else { return }
        _ = take("NOT", in: bytes)
        _ = take("EXISTS", in: bytes)
    }

    /// `=` or an opening parenthesis.
    mutating func skipSymbol(in bytes: Span<UInt8>) {
        guard current?.kind == .symbol || current?.kind == .openParenthesis else { return }
        current = lexer.nextSignificant(in: bytes)
    }

    /// A name, without the schema before it (`main.guests`).
    mutating func name(in bytes: Span<UInt8>) -> String? {
        var last: String?
        while let token = current {
            switch token.kind {
            case .word, .number: last = Self.text(token.range, in: bytes).lowercased()
            case .quotedIdentifier, .string:
                let inside =
                    token.range.lowerBound
                    + 1..<max(
                        token.range.lowerBound + 1, token.range.upperBound - 1)
                last = Self.text(inside, in: bytes).lowercased()
            default: return last
            }
            current = lexer.nextSignificant(in: bytes)
            guard current?.kind == .dot else { return last }
            current = lexer.nextSignificant(in: bytes)
        }
        return last
    }

    private static func text(_ range: Range<Int>, in bytes: Span<UInt8>) -> String {
        bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
