/// A value that a script adds to an enum and, to all appearances, uses in the same transaction, which
/// PostgreSQL refuses (55P04): whatever is committed must never hold a value that may still go away.
struct EnumValueUse {
    /// As written, without its quotes.
    let value: String
    let type: String
    /// The literal behind it that reads the same.
    let use: Range<Int>

    /// The first use in a script. A type that the same script makes may be used at once.
    init?(in script: Script, of source: MigrationSource) {
        guard script.addsEnumValue, script.transaction == .wrapped else { return nil }
        var made: Set<String> = []
        var added: [(type: String, value: String)] = []
        var found: (type: String, value: String, use: Range<Int>)?
        script.forEachStatement(in: source) { _, statement in
            guard found == nil else { return }
            source.withSpan { bytes in
                let tokens = Self.tokens(of: statement, in: bytes)
                if statement.kind == .addsEnumValue {
                    if let new = Self.addition(tokens, in: bytes), !made.contains(new.type) {
                        added.append(new)
                    }
                    return
                }
                if let type = Self.madeType(tokens, in: bytes) { made.insert(type) }
                guard !added.isEmpty else { return }
                for token in tokens where token.kind == .string {
                    let text = bytes.text(token.content)
                    if let match = added.first(where: { $0.value == text }) {
                        found = (match.type, match.value, token.range)
                        return
                    }
                }
            }
        }
        guard let found else { return nil }
        (type, value, use) = found
    }

    private static func tokens(of statement: Statement, in bytes: Span<UInt8>) -> [Token] {
        var lexer = Lexer(
            dialect: .postgres, from: statement.range.lowerBound, to: statement.range.upperBound)
        var tokens: [Token] = []
        while let token = lexer.nextSignificant(in: bytes) { tokens.append(token) }
        return tokens
    }

    /// `ALTER TYPE name ADD VALUE [IF NOT EXISTS] 'value' …`
    private static func addition(
        _ tokens: [Token], in bytes: Span<UInt8>
    ) -> (type: String, value: String)? {
        guard let value = tokens.first(where: { $0.kind == .string }),
            let add = tokens.firstIndex(where: { $0.isWord("ADD", in: bytes) }), add > 2
        else { return nil }
        return (name(tokens[2..<add], in: bytes), bytes.text(value.content))
    }

    /// The type of a `CREATE TYPE name …`.
    private static func madeType(_ tokens: [Token], in bytes: Span<UInt8>) -> String? {
        guard tokens.count > 2, tokens[0].isWord("CREATE", in: bytes),
            tokens[1].isWord("TYPE", in: bytes)
        else { return nil }
        let end = tokens.firstIndex { $0.isWord("AS", in: bytes) } ?? tokens.endIndex
        return end > 2 ? name(tokens[2..<end], in: bytes) : nil
    }

    private static func name(_ tokens: ArraySlice<Token>, in bytes: Span<UInt8>) -> String {
        tokens.map { token in
            let text = bytes.text(token.range)
            return token.kind == .word ? text.lowercased() : text
        }.joined()
    }
}

extension EnumValueUse {
    /// The warning, at the place of the use.
    func diagnostic(_ id: MigrationID, _ source: MigrationSource) -> Diagnostic {
        source.diagnostic(
            .enumValueUncommitted,
            "\(id.title) adds '\(value)' to \(type) and seems to use it in the same transaction, which PostgreSQL refuses",
            at: use.lowerBound, length: use.count, severity: .warning,
            help: [
                "use the value in a migration of its own, or put `-- apus: no-transaction` below the section's marker"
            ])
    }
}
