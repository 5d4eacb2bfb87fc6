import ApusCore
import ApusEngine

/// Which statements run nothing but the server's own code, and so leave the session as they found it: no
/// setting, no role, no temporary table, and the lock still held. Behind a step of only these the
/// session need not be made clean.
///
/// What a script's own functions may do nobody can see: they may be called by DO and SELECT, by the
/// default of a column that is added, by the expression of an index, by a trigger. What is let in
/// evaluates no expression (CREATE TABLE keeps its defaults and checks for later) and changes no row. Event
/// triggers, which run at any definition, are looked for in the catalogue (``PostgresSession/gate``).
/// Operator classes and the input and output of types are a superuser's.
enum QuietRule {
    static func admits(_ step: Step) -> Bool {
        guard step.action == .run else { return true }
        guard step.script.transaction == .wrapped else { return false }
        var statements = StatementCursor(step.script)
        while let statement = statements.next(in: step.source) {
            guard admits(statement, of: step.source) else { return false }
        }
        return true
    }

    static func admits(_ statement: Statement, of source: MigrationSource) -> Bool {
        guard statement.kind == .plain, statement.copyData == nil else { return false }
        let tokens = source.withSpan { bytes -> [Token] in
            var lexer = Lexer(
                dialect: .postgres, from: statement.range.lowerBound,
                to: statement.range.upperBound)
            var tokens: [Token] = []
            while let token = lexer.nextSignificant(in: bytes) {
                tokens.append(token)
                // Most statements are no definition, and some are long.
                if tokens.count == 1, !rules.contains(where: { token.isWord($0.word, in: bytes) }) {
                    return []
                }
            }
            return tokens
        }
        var parts = tokens.map { Part($0, source.text($0.range)) }[...]
        // What is made in such a schema is gone with the session.
        guard !parts.contains(where: \.isTemporarySchema) else { return false }
        return rules.first { parts.take("\($0.word)") }?.admits(parts) ?? false
    }

    /// By a statement's first word, what may follow it.
    private static let rules: [(word: StaticString, admits: @Sendable (ArraySlice<Part>) -> Bool)] =
        [
            ("CREATE", isQuietCreation), ("ALTER", isQuietAlteration), ("DROP", isQuietDrop),
            ("COMMENT", { _ in true }),
        ]

    fileprivate enum Part: Equatable {
        /// In upper case.
        case word(String)
        case quoted(String)
        case open, close, dot, comma, number, other

        init(_ token: Token, _ text: String) {
            switch token.kind {
            case .word: self = .word(text.uppercased())
            case .quotedIdentifier: self = .quoted(text)
            case .openParenthesis: self = .open
            case .closeParenthesis: self = .close
            case .dot: self = .dot
            case .number: self = .number
            case .symbol where text == ",": self = .comma
            default: self = .other
            }
        }

        var isTemporarySchema: Bool {
            switch self {
            case .word(let word): word.hasPrefix("PG_TEMP")
            // By its code points too, nobody shall write it.
            case .quoted(let name): name.lowercased().contains("pg_temp") || name.contains("\\")
            default: false
            }
        }

        var isName: Bool {
            switch self {
            case .word, .quoted: true
            default: false
            }
        }

        func isOne(of words: Set<String>) -> Bool {
            if case .word(let word) = self { return words.contains(word) }
            return false
        }
    }

    // MARK: CREATE

    private static func isQuietCreation(_ parts: ArraySlice<Part>) -> Bool {
        var rest = parts
        if rest.take("UNLOGGED") || rest.first == .word("TABLE") {
            guard rest.take("TABLE") else { return false }
            return isQuietTable(rest)
        }
        rest.take("UNIQUE")
        return rest.take("INDEX") && isQuietIndex(rest)
    }

    /// A table that is described, not filled: no query, no partition, whose bounds are evaluated, and no
    /// index of expressions, which the server simplifies.
    private static func isQuietTable(_ rest: ArraySlice<Part>) -> Bool {
        let others: Set = [
            "SELECT", "VALUES", "TABLE", "EXECUTE", "PARTITION", "EXCLUDE", "INCLUDING",
        ]
        guard !rest.contains(where: { $0.isOne(of: others) }) else { return false }
        // AS (…): the server simplifies a generated column's expression when it takes it.
        return !zip(rest, rest.dropFirst()).contains { $0 == .word("AS") && $1 == .open }
    }

    /// An index of columns, not of expressions, and of all rows.
    private static func isQuietIndex(_ rest: ArraySlice<Part>) -> Bool {
        var depth = 0
        for part in rest {
            switch part {
            case .open: depth += 1
            case .close: depth -= 1
            case .word("WHERE"), .word("CONCURRENTLY"): return false
            default: break
            }
            if depth > 1 { return false }
        }
        return true
    }

    // MARK: ALTER

    /// Columns of the server's own types that are added without a default, columns that are dropped, and
    /// new names.
    private static func isQuietAlteration(_ parts: ArraySlice<Part>) -> Bool {
        var rest = parts
        guard rest.take("TABLE") else { return false }
        if rest.take("IF") { rest.take("EXISTS") }
        rest.take("ONLY")
        guard rest.takeName() else { return false }
        if rest.take("RENAME") { return true }
        repeat {
            guard rest.takeAddition() || rest.takeDrop() else { return false }
        } while rest.take(.comma)
        return rest.isEmpty
    }

    // MARK: DROP

    private static func isQuietDrop(_ parts: ArraySlice<Part>) -> Bool {
        let kinds: Set = ["TABLE", "INDEX", "VIEW", "MATERIALIZED", "SEQUENCE", "TYPE", "DOMAIN"]
        return parts.first?.isOne(of: kinds) == true && !parts.contains(.word("CONCURRENTLY"))
    }

    /// Types whose names are the server's own, by all their words.
    fileprivate static let types: Set = [
        "BIGINT", "BIT", "BOOL", "BOOLEAN", "BYTEA", "CHAR", "CHARACTER", "DATE", "DECIMAL",
        "DOUBLE", "FLOAT", "FLOAT4", "FLOAT8", "INET", "INT", "INT2", "INT4", "INT8", "INTEGER",
        "INTERVAL", "JSON", "JSONB", "NUMERIC", "PRECISION", "REAL", "SMALLINT", "TEXT", "TIME",
        "TIMESTAMP", "TIMESTAMPTZ", "TIMETZ", "UUID", "VARCHAR", "VARYING", "WITH", "WITHOUT",
        "ZONE",
    ]
}

extension ArraySlice<QuietRule.Part> {
    @discardableResult
    fileprivate mutating func take(_ part: QuietRule.Part) -> Bool {
        guard first == part else { return false }
        removeFirst()
        return true
    }

    @discardableResult
    fileprivate mutating func take(_ word: String) -> Bool { take(.word(word)) }

    /// NAME [. NAME]
    fileprivate mutating func takeName() -> Bool {
        repeat {
            guard first?.isName == true else { return false }
            removeFirst()
        } while take(.dot)
        return true
    }

    /// ADD [COLUMN] [IF NOT EXISTS] NAME TYPE [(N [, N])] [[NOT] NULL]
    fileprivate mutating func takeAddition() -> Bool {
        guard take("ADD") else { return false }
        let isColumn = take("COLUMN")
        if take("IF") { guard take("NOT"), take("EXISTS") else { return false } }
        // Without COLUMN a constraint may stand there.
        let constraints: Set = [
            "CHECK", "CONSTRAINT", "EXCLUDE", "FOREIGN", "LIKE", "NOT", "PRIMARY", "UNIQUE",
        ]
        guard let name = first, name.isName, isColumn || !name.isOne(of: constraints) else {
            return false
        }
        removeFirst()
        guard first?.isOne(of: QuietRule.types) == true else { return false }
        while first?.isOne(of: QuietRule.types) == true {
            removeFirst()
            guard take(.open) else { continue }
            guard take(.number) else { return false }
            while take(.comma) { guard take(.number) else { return false } }
            guard take(.close) else { return false }
        }
        if take("NOT") { return take("NULL") }
        take("NULL")
        return true
    }

    /// DROP [COLUMN] [IF EXISTS] NAME [CASCADE | RESTRICT]
    fileprivate mutating func takeDrop() -> Bool {
        guard take("DROP") else { return false }
        take("COLUMN")
        if take("IF") { guard take("EXISTS") else { return false } }
        guard first?.isName == true else { return false }
        removeFirst()
        if !take("CASCADE") { take("RESTRICT") }
        return true
    }
}
