/// SQLite's statements: those that control transactions, and those that fail or are refused inside
/// one. `PRAGMA foreign_keys` does nothing there without an error; it counts as plain.
extension StatementClassifier {
    static func sqliteKind(_ reader: inout TokenReader, in bytes: Span<UInt8>) -> StatementKind {
        guard let verb = reader.current, verb.kind == .word else { return .plain }
        reader.advance(in: bytes)
        switch bytes[verb.range.lowerBound].asciiUppercased {
        case UInt8(ascii: "A"):
            if verb.isWord("ATTACH", in: bytes) { return .outsideTransaction }
        case UInt8(ascii: "B"):
            if verb.isWord("BEGIN", in: bytes) { return .begin }
        case UInt8(ascii: "C"):
            if verb.isWord("COMMIT", in: bytes) { return .commit }
        case UInt8(ascii: "D"):
            if verb.isWord("DETACH", in: bytes) { return .outsideTransaction }
        case UInt8(ascii: "E"):
            if verb.isWord("END", in: bytes) { return .commit }
        case UInt8(ascii: "P"):
            if verb.isWord("PRAGMA", in: bytes) { return pragmaKind(&reader, in: bytes) }
        case UInt8(ascii: "R"):
            guard verb.isWord("ROLLBACK", in: bytes) else { break }
            _ = reader.take("TRANSACTION", in: bytes)
            return reader.sees("TO", in: bytes) ? .plain : .otherTransactionControl
        case UInt8(ascii: "V"):
            if verb.isWord("VACUUM", in: bytes) { return .outsideTransaction }
        default: break
        }
        return .plain
    }

    /// `PRAGMA [schema.]name [= value | (value)]`. Asking is always allowed; a checkpoint never is.
    private static func pragmaKind(
        _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> StatementKind {
        guard var name = reader.current else { return .plain }
        reader.advance(in: bytes)
        if reader.sees(.dot) {
            reader.advance(in: bytes)
            guard let qualified = reader.current else { return .plain }
            name = qualified
            reader.advance(in: bytes)
        }
        let spelling = name.kind == .word ? name.range : name.content
        if bytes.matches("WAL_CHECKPOINT", at: spelling) { return .outsideTransaction }
        let isFixedInside =
            bytes.matches("JOURNAL_MODE", at: spelling)
            || bytes.matches("SYNCHRONOUS", at: spelling)
            || bytes.matches("TEMP_STORE", at: spelling)
        return isFixedInside && reader.current != nil ? .outsideTransaction : .plain
    }
}
