/// PostgreSQL's statements: those that control transactions, and those that call
/// `PreventInTransactionBlock` in the server's source.
extension StatementClassifier {
    static func postgresKind(
        _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> StatementKind {
        guard let verb = reader.current, verb.kind == .word else { return .plain }
        reader.advance(in: bytes)
        // By first letter, since this is asked for every statement of a large file.
        switch bytes[verb.range.lowerBound].asciiUppercased {
        case UInt8(ascii: "A"):
            if verb.isWord("ALTER", in: bytes) { return alterKind(&reader, in: bytes) }
            if verb.isWord("ABORT", in: bytes) { return .otherTransactionControl }
        case UInt8(ascii: "B"):
            if verb.isWord("BEGIN", in: bytes) { return .begin }
        case UInt8(ascii: "C"):
            return kindOfC(verb, &reader, in: bytes)
        case UInt8(ascii: "D"):
            if verb.isWord("DROP", in: bytes) { return dropKind(&reader, in: bytes) }
            if verb.isWord("DISCARD", in: bytes), reader.sees("ALL", in: bytes) {
                return .releasesLocks
            }
            if verb.isWord("DO", in: bytes) { return callKind(&reader, in: bytes) }
        case UInt8(ascii: "E"):
            if verb.isWord("END", in: bytes) { return commitKind(&reader, in: bytes) }
        case UInt8(ascii: "P"):
            if verb.isWord("PREPARE", in: bytes), reader.sees("TRANSACTION", in: bytes) {
                return .otherTransactionControl
            }
        case UInt8(ascii: "R"):
            if verb.isWord("ROLLBACK", in: bytes) { return rollbackKind(&reader, in: bytes) }
            if verb.isWord("REINDEX", in: bytes) { return reindexKind(&reader, in: bytes) }
        case UInt8(ascii: "S"):
            if verb.isWord("START", in: bytes), reader.sees("TRANSACTION", in: bytes) {
                return .begin
            }
            if verb.isWord("SELECT", in: bytes) { return callKind(&reader, in: bytes) }
        case UInt8(ascii: "V"):
            if verb.isWord("VACUUM", in: bytes) { return .outsideTransaction }
        case UInt8(ascii: "W"):
            if verb.isWord("WITH", in: bytes) { return callKind(&reader, in: bytes) }
        default: break
        }
        return .plain
    }

    /// Of a statement that may call functions: whether it calls the one that releases every lock. What
    /// a procedure of the database does, or a text that is put together, is not seen.
    private static func callKind(
        _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> StatementKind {
        while let token = reader.current {
            if token.isWord("PG_ADVISORY_UNLOCK_ALL", in: bytes) { return .releasesLocks }
            // The body of a DO block is a string.
            if token.kind == .string, bytes.contains("PG_ADVISORY_UNLOCK_ALL", in: token.range) {
                return .releasesLocks
            }
            reader.advance(in: bytes)
        }
        return .plain
    }

    private static func kindOfC(
        _ verb: Token, _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> StatementKind {
        if verb.isWord("CREATE", in: bytes) { return createKind(&reader, in: bytes) }
        if verb.isWord("COPY", in: bytes) {
            return copiesFromStdin(verb, &reader, in: bytes) ? .copyFromStdin : .plain
        }
        if verb.isWord("COMMIT", in: bytes) { return commitKind(&reader, in: bytes) }
        if verb.isWord("CLUSTER", in: bytes) {
            // Without a table it clusters all of them, each in a transaction.
            reader.forEachOption(in: bytes) { _, _ in }
            _ = reader.take("VERBOSE", in: bytes)
            return reader.current == nil ? .outsideTransaction : .plain
        }
        return .plain
    }

    private static func copiesFromStdin(
        _ verb: Token, _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> Bool {
        var shape = StatementShape()
        shape.take(verb, depth: 0, in: bytes, dialect: .postgres)
        var depth = 0
        while !shape.isSettled, let token = reader.current {
            shape.take(token, depth: depth, in: bytes, dialect: .postgres)
            if token.kind == .openParenthesis { depth += 1 }
            if token.kind == .closeParenthesis { depth -= 1 }
            reader.advance(in: bytes)
        }
        return shape.isCopyFromStdin
    }

    /// `COMMIT | END [WORK | TRANSACTION] [AND [NO] CHAIN]`, or `COMMIT PREPARED`
    private static func commitKind(
        _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> StatementKind {
        if reader.sees("PREPARED", in: bytes) { return .otherTransactionControl }
        if !reader.take("WORK", in: bytes) { _ = reader.take("TRANSACTION", in: bytes) }
        if reader.take("AND", in: bytes), reader.sees("CHAIN", in: bytes) {
            return .otherTransactionControl
        }
        return .commit
    }

    /// `ROLLBACK [WORK | TRANSACTION] TO …` stays inside of the transaction.
    private static func rollbackKind(
        _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> StatementKind {
        if !reader.take("WORK", in: bytes) { _ = reader.take("TRANSACTION", in: bytes) }
        return reader.sees("TO", in: bytes) ? .plain : .otherTransactionControl
    }

    private static func createKind(
        _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> StatementKind {
        if reader.take("UNIQUE", in: bytes) || reader.sees("INDEX", in: bytes) {
            let isConcurrent =
                reader.take("INDEX", in: bytes) && reader.sees("CONCURRENTLY", in: bytes)
            return isConcurrent ? .createIndexConcurrently : .plain
        }
        if reader.sees("DATABASE", in: bytes) || reader.sees("TABLESPACE", in: bytes) {
            return .outsideTransaction
        }
        guard reader.take("SUBSCRIPTION", in: bytes) else { return .plain }
        // Only the creation of the slot is not transactional.
        var createsSlot = true
        if reader.seek("WITH", in: bytes) {
            reader.forEachOption(in: bytes) { name, value in
                if value == false,
                    name.isWord("CREATE_SLOT", in: bytes) || name.isWord("CONNECT", in: bytes)
                {
                    createsSlot = false
                }
            }
        }
        return createsSlot ? .outsideTransaction : .plain
    }

    private static func dropKind(
        _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> StatementKind {
        if reader.take("INDEX", in: bytes) {
            return reader.sees("CONCURRENTLY", in: bytes) ? .outsideTransaction : .plain
        }
        let isOutside =
            reader.sees("DATABASE", in: bytes) || reader.sees("TABLESPACE", in: bytes)
            || reader.sees("SUBSCRIPTION", in: bytes)
        return isOutside ? .outsideTransaction : .plain
    }

    /// `REINDEX [(options)] {INDEX | TABLE | SCHEMA | DATABASE | SYSTEM} [CONCURRENTLY] [name]`
    private static func reindexKind(
        _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> StatementKind {
        var isOutside = false
        reader.forEachOption(in: bytes) { name, value in
            if name.isWord("CONCURRENTLY", in: bytes), value != false { isOutside = true }
        }
        if reader.sees("SCHEMA", in: bytes) || reader.sees("DATABASE", in: bytes)
            || reader.sees("SYSTEM", in: bytes)
        {
            isOutside = true
        }
        reader.advance(in: bytes)
        return isOutside || reader.sees("CONCURRENTLY", in: bytes) ? .outsideTransaction : .plain
    }

    private static func alterKind(
        _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> StatementKind {
        if reader.sees("SYSTEM", in: bytes) { return .outsideTransaction }
        if reader.take("TABLE", in: bytes) {
            let isConcurrent =
                reader.seek("DETACH", in: bytes) && reader.take("PARTITION", in: bytes)
                && detachesConcurrently(&reader, in: bytes)
            return isConcurrent ? .outsideTransaction : .plain
        }
        if reader.take("TYPE", in: bytes) {
            reader.skipName(in: bytes)
            let adds = reader.take("ADD", in: bytes) && reader.sees("VALUE", in: bytes)
            return adds ? .addsEnumValue : .plain
        }
        if reader.take("DATABASE", in: bytes) {
            reader.advance(in: bytes)
            let isMove = reader.take("SET", in: bytes) && reader.sees("TABLESPACE", in: bytes)
            return isMove ? .outsideTransaction : .plain
        }
        if reader.take("SUBSCRIPTION", in: bytes) {
            return alterSubscriptionKind(&reader, in: bytes)
        }
        return .plain
    }

    private static func detachesConcurrently(
        _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> Bool {
        reader.skipName(in: bytes)
        return reader.sees("CONCURRENTLY", in: bytes)
    }

    /// Refreshing needs to be outside of a transaction, and changing the publications refreshes
    /// unless told not to; so does changing a property of the slot.
    private static func alterSubscriptionKind(
        _ reader: inout TokenReader, in bytes: Span<UInt8>
    ) -> StatementKind {
        reader.advance(in: bytes)
        if reader.sees("REFRESH", in: bytes) { return .outsideTransaction }
        let isSet = reader.take("SET", in: bytes)
        if isSet, reader.sees(.openParenthesis) {
            var isOutside = false
            reader.forEachOption(in: bytes) { name, _ in
                if name.isWord("FAILOVER", in: bytes) || name.isWord("TWO_PHASE", in: bytes) {
                    isOutside = true
                }
            }
            return isOutside ? .outsideTransaction : .plain
        }
        guard isSet || reader.take("ADD", in: bytes) || reader.take("DROP", in: bytes),
            reader.sees("PUBLICATION", in: bytes)
        else { return .plain }
        var refreshes = true
        if reader.seek("WITH", in: bytes) {
            reader.forEachOption(in: bytes) { name, value in
                if name.isWord("REFRESH", in: bytes), value == false { refreshes = false }
            }
        }
        return refreshes ? .outsideTransaction : .plain
    }
}
