import ApusCore

/// Which statements of a transactional step are sent without waiting for the answers of those before
/// them.
///
/// In a pipeline nobody can see whether a statement has ended the transaction. So only those are let
/// in that cannot: by PostgreSQL's grammar a statement that begins with one of these words is no
/// transaction control, the server refuses a second statement in the same message, and procedures and
/// `DO` blocks may not commit inside a transaction block. All others are sent alone, and the
/// transaction is looked at behind them: SAVEPOINT and its like, COPY, which brings or takes data, and
/// whatever a later server understands.
enum PipelineRule {
    /// A large statement is sent alone, because it would be kept in memory together with others.
    static let largestStatement = 1 << 18

    static func admits(_ statement: Statement, of source: MigrationSource) -> Bool {
        guard statement.kind == .plain, statement.copyData == nil,
            statement.range.count <= largestStatement
        else { return false }
        return source.firstWord(of: statement, .postgres).map(words.contains) ?? false
    }

    private static let words: Set = [
        "ALTER", "ANALYSE", "ANALYZE", "CALL", "CLOSE", "CLUSTER", "COMMENT", "CREATE",
        "DEALLOCATE", "DECLARE", "DELETE", "DISCARD", "DO", "DROP", "EXECUTE", "EXPLAIN", "FETCH",
        "GRANT", "IMPORT", "INSERT", "LISTEN", "LOCK", "MERGE", "MOVE", "NOTIFY", "REASSIGN",
        "REFRESH", "REINDEX", "RESET", "REVOKE", "SECURITY", "SELECT", "SET", "SHOW", "TABLE",
        "TRUNCATE", "UNLISTEN", "UPDATE", "VALUES", "WITH",
    ]
}
