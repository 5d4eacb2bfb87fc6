import ApusCore
import ApusEngine

/// The index that a `CREATE INDEX CONCURRENTLY` builds, as far as its first tokens say.
struct ConcurrentIndex {
    /// As written, quoted or not; `nil` where the server chooses a name.
    let name: String?
    /// As written, qualified or not.
    let table: String

    /// `nil` for any other statement.
    init?(_ statement: Statement, of source: MigrationSource) {
        guard statement.kind == .createIndexConcurrently else { return nil }
        var words: [String] = []
        var tokens: [Token] = []
        source.withSpan { bytes in
            var lexer = Lexer(
                dialect: .postgres, from: statement.range.lowerBound, to: statement.range.upperBound
            )
            while tokens.count < 24, let token = lexer.nextSignificant(in: bytes) {
                tokens.append(token)
            }
        }
        words = tokens.map { source.text($0.range) }

        func isKeyword(_ index: Int, _ keyword: String) -> Bool {
            index < tokens.count && tokens[index].kind == .word
                && words[index].uppercased() == keyword
        }
        guard var index = tokens.indices.first(where: { isKeyword($0, "CONCURRENTLY") }) else {
            return nil
        }
        index += 1
        if isKeyword(index, "IF") { index += 3 }
        if isKeyword(index, "ON") {
            name = nil
        } else {
            guard index < words.count else { return nil }
            name = words[index]
            index += 1
        }
        guard isKeyword(index, "ON") else { return nil }
        index += 1
        if isKeyword(index, "ONLY") { index += 1 }
        guard index < words.count else { return nil }
        var table = words[index]
        while index + 2 < tokens.count, tokens[index + 1].kind == .dot {
            table += ".\(words[index + 2])"
            index += 2
        }
        self.table = table
    }

    /// SQL for the indexes of the table: number, qualified name, validity, whether it has this name,
    /// and which other process builds it now. A partitioned table's own index is not among them: it
    /// is invalid until all partitions have theirs, and that is no broken build.
    var question: String {
        let isNamed = name.map { "c.relname = (pg_catalog.parse_ident(\($0.sqlLiteral)))[1]::name" }
        return """
            SELECT i.indexrelid::bigint, pg_catalog.format('%I.%I', n.nspname, c.relname), \
            i.indisvalid, \(isNamed ?? "false"), (SELECT p.pid FROM \
            pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid \
            AND p.pid <> pg_catalog.pg_backend_pid() LIMIT 1) \
            FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE i.indrelid = pg_catalog.to_regclass(\(table.sqlLiteral)) AND c.relkind = 'i'
            """
    }

    /// One index of the table.
    struct Found {
        var number: Int64
        var name: String
        var isValid: Bool
        var isNamed: Bool
        var builder: Int64?
    }
}
