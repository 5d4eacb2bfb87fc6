import ApusCore

/// What a statement of SQLite does to the schema, as far as its first words tell.
enum SQLiteDefinition: Hashable, Sendable {
    /// The columns are not known where a query or a module makes them. `isConditional`: what is there
    /// already stays as it is.
    case createTable(
        String, columns: [String] = [], isAutoincrement: Bool = false, isConditional: Bool = false)
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
            let isConditional = words.takeIfExists(in: bytes)
            guard let name = words.name(in: bytes) else { return .other }
            let (columns, isAutoincrement) = words.columns(in: bytes)
            return .createTable(
                name, columns: columns, isAutoincrement: isAutoincrement,
                isConditional: isConditional)
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
