/// PostgreSQL's `standard_conforming_strings` as a script changes it on its way: when off, a
/// backslash in `'…'` takes the next character with it.
struct StringSetting: Sendable {
    private var session = true
    /// Set by `SET LOCAL`, until the transaction ends.
    private var local: Bool?

    var isStandard: Bool { local ?? session }

    /// Whether the token is the setting's name, as a word or quoted.
    static func isNamed(by token: Token, in bytes: Span<UInt8>) -> Bool {
        switch token.kind {
        case .word:
            token.isWord("STANDARD_CONFORMING_STRINGS", in: bytes)
        case .string, .quotedIdentifier:
            token.range.count == 29
                && bytes.matches("STANDARD_CONFORMING_STRINGS", at: token.content)
        default:
            false
        }
    }

    /// Takes note of a statement that has come to its end; `mentionsSetting` is whether one of its
    /// tokens `isNamed`.
    mutating func observe(_ statement: Statement, mentionsSetting: Bool, in bytes: Span<UInt8>) {
        switch statement.kind {
        case .commit, .otherTransactionControl:
            local = nil
        case .plain, .addsEnumValue, .outsideTransaction, .releasesLocks:
            let initial = bytes[statement.range.lowerBound].asciiUppercased
            guard
                mentionsSetting || initial == UInt8(ascii: "R") || initial == UInt8(ascii: "D")
            else { return }
            var reader = TokenReader(
                statement.range, in: bytes, dialect: .postgres, standardStrings: isStandard)
            if reader.take("SET", in: bytes) {
                observeSet(&reader, in: bytes)
            } else if reader.take("RESET", in: bytes) || reader.take("DISCARD", in: bytes) {
                observeReset(&reader, in: bytes)
            } else if reader.sees("SELECT", in: bytes) || reader.sees("WITH", in: bytes) {
                observeSelect(&reader, in: bytes)
            }
        default:
            break
        }
    }

    /// `SET [SESSION | LOCAL] name { TO | = } value`
    private mutating func observeSet(_ reader: inout TokenReader, in bytes: Span<UInt8>) {
        let isLocal = reader.take("LOCAL", in: bytes)
        if !isLocal { _ = reader.take("SESSION", in: bytes) }
        guard let name = reader.current, Self.isNamed(by: name, in: bytes) else { return }
        reader.advance(in: bytes)
        reader.advance(in: bytes)
        let isDefault = reader.sees("DEFAULT", in: bytes)
        guard let value = isDefault ? true : reader.current?.truth(in: bytes) else { return }
        set(value, isLocal: isLocal)
    }

    /// `RESET name`, `RESET ALL` or `DISCARD ALL`
    private mutating func observeReset(_ reader: inout TokenReader, in bytes: Span<UInt8>) {
        guard let name = reader.current,
            name.isWord("ALL", in: bytes) || Self.isNamed(by: name, in: bytes)
        else { return }
        set(true, isLocal: false)
    }

    /// `SELECT … set_config('name', 'value', is_local) …`
    private mutating func observeSelect(_ reader: inout TokenReader, in bytes: Span<UInt8>) {
        while reader.current != nil {
            guard reader.take("SET_CONFIG", in: bytes) else {
                reader.advance(in: bytes)
                continue
            }
            reader.advance(in: bytes)
            guard let name = reader.current, Self.isNamed(by: name, in: bytes) else { continue }
            reader.advance(in: bytes)
            reader.advance(in: bytes)
            guard let value = reader.current?.truth(in: bytes) else { continue }
            reader.advance(in: bytes)
            reader.advance(in: bytes)
            set(value, isLocal: reader.current?.truth(in: bytes) ?? false)
        }
    }

    private mutating func set(_ value: Bool, isLocal: Bool) {
        if isLocal {
            local = value
        } else {
            session = value
            local = nil
        }
    }
}
