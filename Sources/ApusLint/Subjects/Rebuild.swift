import ApusCore

/// A rebuild of a table of SQLite, as a section writes it: a new table, the rows copied, the old one dropped,
/// the new one renamed.
extension StatementSubject {
    /// The table that a later statement gives this table's name to.
    func replacement(of table: ObjectName) -> ObjectName? {
        guard script.dialect == .sqlite else { return nil }
        var replacement: ObjectName?
        script.forEachStatement(in: migration.source) { index, statement in
            guard index > self.index, replacement == nil,
                case .renameTable(let old, let new) = SQLiteDefinition(
                    statement, in: migration.source), ObjectName(new) == table
            else { return }
            replacement = ObjectName(old)
        }
        return replacement
    }

    /// Whether an earlier statement puts into some table what it reads from this one.
    func copiesRows(of table: ObjectName) -> Bool {
        guard script.dialect == .sqlite else { return false }
        var isCopied = false
        script.forEachStatement(in: migration.source) { index, statement in
            guard index < self.index, !isCopied else { return }
            isCopied = migration.source.withSpan { bytes in
                var words = SQLiteWords(statement.range, in: bytes)
                guard words.beginsCopy(in: bytes), words.skip(to: "SELECT", in: bytes) else {
                    return false
                }
                return words.hasName(table.name, in: bytes)
            }
        }
        return isCopied
    }
}

extension SQLiteWords {
    /// `INSERT`, `REPLACE`, `WITH … INSERT`, `CREATE TABLE … AS`
    fileprivate mutating func beginsCopy(in bytes: Span<UInt8>) -> Bool {
        if take("CREATE", in: bytes) {
            if !take("TEMP", in: bytes) { _ = take("TEMPORARY", in: bytes) }
            return take("TABLE", in: bytes)
        }
        return take("INSERT", in: bytes) || take("REPLACE", in: bytes) || take("WITH", in: bytes)
    }
}
