/// One statement of a schema script, and what takes it back.
struct SchemaStatement {
    enum Reversal: Hashable {
        /// Not part of the schema: a setting of the session that wrote the script.
        case leftOut
        /// Goes away with something else (an index with its table), or leaves nothing behind.
        case nothing
        case drop(String)
        /// The statement's first words.
        case unknown(String)
    }

    /// The statement's tokens as they are written, without comments.
    private let tokens: [(text: String, word: String, kind: Token.Kind)]

    init(_ range: Range<Int>, in source: MigrationSource, dialect: DatabaseEngine) {
        tokens = source.withSpan { bytes in
            var reader = TokenReader(range, in: bytes, dialect: dialect)
            var tokens: [(text: String, word: String, kind: Token.Kind)] = []
            while let token = reader.current {
                let text = bytes.text(token.range)
                tokens.append((text, token.kind == .word ? text.uppercased() : "", token.kind))
                reader.advance(in: bytes)
            }
            return tokens
        }
        self.dialect = dialect
    }

    private let dialect: DatabaseEngine

    var reversal: Reversal {
        switch word(0) {
        case "SET": return Self.sessionSettings.contains(word(1)) ? .leftOut : .nothing
        case "SELECT", "COMMENT", "GRANT", "REVOKE", "SECURITY": return .nothing
        case "ALTER": return reversalOfAlter
        case "CREATE": return reversalOfCreate
        default: return .unknown(firstWords)
        }
    }

    /// Settings that pg_dump makes for itself; each run sets its own. Some exist only in later servers.
    private static let sessionSettings: Set = [
        "STATEMENT_TIMEOUT", "LOCK_TIMEOUT", "IDLE_IN_TRANSACTION_SESSION_TIMEOUT",
        "TRANSACTION_TIMEOUT", "CLIENT_ENCODING", "CLIENT_MIN_MESSAGES", "ROW_SECURITY",
    ]

    // MARK: ALTER

    /// Tables may refer to each other in a circle, and a default to a sequence that came later: such
    /// links are cut first, so that dropping in reverse order meets nothing that depends.
    private var reversalOfAlter: Reversal {
        guard word(1) == "TABLE" else { return .nothing }
        var index = skip(["ONLY", "IF", "EXISTS"], from: 2)
        let table = name(at: &index)
        switch (word(index), word(index + 1)) {
        case ("ADD", "CONSTRAINT"):
            index += 2
            let constraint = name(at: &index)
            return word(index) == "FOREIGN"
                ? .drop("ALTER TABLE \(table) DROP CONSTRAINT \(constraint)") : .nothing
        case ("ALTER", "COLUMN"):
            index += 2
            let column = name(at: &index)
            return word(index) == "SET" && word(index + 1) == "DEFAULT"
                ? .drop("ALTER TABLE \(table) ALTER COLUMN \(column) DROP DEFAULT") : .nothing
        case ("ATTACH", "PARTITION"):
            index += 2
            return .drop("ALTER TABLE \(table) DETACH PARTITION \(name(at: &index))")
        default: return .nothing
        }
    }

    // MARK: CREATE

    private var reversalOfCreate: Reversal {
        var index = skip(Self.modifiers, from: 1)
        switch word(index) {
        case "INDEX": return .nothing
        case "FUNCTION", "PROCEDURE", "AGGREGATE":
            let kind = word(index)
            index += 1
            let routine = name(at: &index)
            guard let arguments = arguments(at: index) else { return .unknown(firstWords) }
            return .drop("DROP \(kind) \(routine)(\(arguments))")
        case "TRIGGER", "RULE", "POLICY": return dependent(at: index)
        case let kind where Self.plainKinds.contains(kind):
            return drop(kind, at: index + 1)
        case let kind:
            let pair = "\(kind) \(word(index + 1))"
            if Self.pairedKinds.contains(pair) { return drop(pair, at: index + 2) }
            if pair == "TEXT SEARCH" { return drop("\(pair) \(word(index + 2))", at: index + 3) }
            return .unknown(firstWords)
        }
    }

    private static let modifiers: Set = [
        "OR", "REPLACE", "UNIQUE", "UNLOGGED", "CONSTRAINT", "RECURSIVE", "TRUSTED", "PROCEDURAL",
        "VIRTUAL",
    ]
    private static let plainKinds: Set = [
        "TABLE", "VIEW", "SEQUENCE", "SCHEMA", "TYPE", "DOMAIN", "EXTENSION", "COLLATION", "SERVER",
        "STATISTICS", "LANGUAGE", "PUBLICATION", "CONVERSION",
    ]
    private static let pairedKinds: Set = [
        "MATERIALIZED VIEW", "FOREIGN TABLE", "EVENT TRIGGER",
    ]

    private func drop(_ kind: String, at start: Int) -> Reversal {
        var index = skip(["IF", "NOT", "EXISTS"], from: start)
        return .drop("DROP \(kind) \(name(at: &index))")
    }

    /// A trigger, rule or policy, which PostgreSQL names together with its table.
    private func dependent(at start: Int) -> Reversal {
        var index = skip(["IF", "NOT", "EXISTS"], from: start + 1)
        let own = name(at: &index)
        guard dialect == .postgres else { return .drop("DROP \(word(start)) \(own)") }
        // CREATE RULE name AS ON event TO table: the table follows another word.
        let mark = word(start) == "RULE" ? "TO" : "ON"
        while index < tokens.count, word(index) != mark { index += 1 }
        index += 1
        guard index < tokens.count else { return .unknown(firstWords) }
        return .drop("DROP \(word(start)) \(own) ON \(name(at: &index))")
    }

    // MARK: Reading

    private func word(_ index: Int) -> String { index < tokens.count ? tokens[index].word : "" }

    private func skip(_ words: Set<String>, from start: Int) -> Int {
        var index = start
        while words.contains(word(index)) { index += 1 }
        return index
    }

    /// A name, perhaps qualified, as it is written; moves behind it.
    private func name(at index: inout Int) -> String {
        guard index < tokens.count else { return "" }
        var name = tokens[index].text
        index += 1
        while index + 1 < tokens.count, tokens[index].kind == .dot {
            name += ".\(tokens[index + 1].text)"
            index += 2
        }
        return name
    }

    /// What stands in the parentheses, without the defaults that DROP does not accept.
    private func arguments(at start: Int) -> String? {
        guard start < tokens.count, tokens[start].kind == .openParenthesis else { return nil }
        var parts: [String] = []
        var depth = 1
        var isInDefault = false
        for token in tokens[(start + 1)...] {
            if token.kind == .openParenthesis { depth += 1 }
            if token.kind == .closeParenthesis { depth -= 1 }
            if depth == 0 { return Self.spaced(parts) }
            if depth == 1, token.text == "," { isInDefault = false }
            if depth == 1, token.word == "DEFAULT" || token.text == "=" { isInDefault = true }
            if !isInDefault { parts.append(token.text) }
        }
        return nil
    }

    private static func spaced(_ parts: [String]) -> String {
        let closing: Set = [",", ")", "]", "."]
        let opening: Set = ["(", "[", "."]
        var text = ""
        for part in parts {
            let isTight =
                text.isEmpty || closing.contains(part) || part == "(" || part == "["
                || opening.contains(String(text.suffix(1)))
            text += isTight ? part : " \(part)"
        }
        return text
    }

    private var firstWords: String {
        tokens.prefix(3).map(\.word).prefix { !$0.isEmpty }.prefix(2).joined(separator: " ")
    }
}
