/// One SQL statement as a range of its file's bytes: never a copy.
public struct Statement: Hashable, Sendable {
    /// From the first byte of the first token to the last byte of the last one; leading and
    /// trailing comments and white space, and the final `;`, are not part of it.
    public var range: Range<Int>
    /// The line of the first token, 1 for the file's first.
    public var line: Int
    /// The column of the first token in Unicode scalars, 1 for the line's first.
    public var column: Int
    /// What Apus must know about the statement before it is sent.
    public var kind: StatementKind
    /// The data lines that follow a `COPY … FROM STDIN`, without the final `\.` line.
    public var copyData: Range<Int>?

    public init(
        range: Range<Int>, line: Int, column: Int, kind: StatementKind, copyData: Range<Int>? = nil
    ) {
        self.range = range
        self.line = line
        self.column = column
        self.kind = kind
        self.copyData = copyData
    }
}

/// What a statement's leading tokens say about how it may be run.
public enum StatementKind: Hashable, Sendable {
    /// May run anywhere.
    case plain
    /// `BEGIN` or `START TRANSACTION`.
    case begin
    /// `COMMIT` or `END`.
    case commit
    /// `ROLLBACK` or `ABORT` of the whole transaction (not `ROLLBACK TO`), `PREPARE TRANSACTION`,
    /// `COMMIT PREPARED`, `ROLLBACK PREPARED`, and `COMMIT AND CHAIN` and its like.
    case otherTransactionControl
    /// `COPY … FROM STDIN`.
    case copyFromStdin
    /// `ALTER TYPE … ADD VALUE`: may run anywhere, but what it adds may not be used before COMMIT.
    case addsEnumValue
    /// `CREATE [UNIQUE] INDEX CONCURRENTLY`.
    case createIndexConcurrently
    /// Anything else that the server refuses inside a transaction: `VACUUM`, `CREATE DATABASE`,
    /// `ALTER SYSTEM`, `DROP INDEX CONCURRENTLY`, SQLite's `VACUUM`, `ATTACH`, `PRAGMA journal_mode`.
    case outsideTransaction
    /// PostgreSQL: lets go of every advisory lock of the session, the migration lock among them:
    /// `DISCARD ALL`, a call of `pg_advisory_unlock_all`, also in a `DO` block.
    case releasesLocks
}
