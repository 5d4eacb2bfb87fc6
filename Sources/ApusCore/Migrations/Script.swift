/// One section of a migration, up or down: where it stands in the file and how it is to be run.
///
/// The statements themselves are not kept: they are cut again, in place, while they are sent, so
/// that a file of 500 MB costs no more memory than its mapping.
public struct Script: Hashable, Sendable {
    public enum Transaction: String, Hashable, Sendable {
        /// All statements and the history row in one transaction.
        case wrapped
        /// Each statement alone, journaled one by one (`-- apus: no-transaction`).
        case none
    }

    public var dialect: DatabaseEngine
    /// The section's bytes, from behind its marker's line to the next marker or the end.
    public var section: Range<Int>
    /// The line that the section's first byte stands on.
    public var line: Int
    /// How many statements are sent; a pair of BEGIN and COMMIT that was left out does not count.
    public var statementCount: Int
    public var transaction: Transaction
    /// Whether one BEGIN … COMMIT pair around everything is left out when sending.
    public var isUnwrapped: Bool
    /// `-- apus: lock-timeout 5s`
    public var lockTimeout: Duration?
    /// `-- apus: statement-timeout 10min`
    public var statementTimeout: Duration?
    /// Whether a statement brings its data along (`COPY … FROM STDIN`).
    public var hasCopyData: Bool
    /// Whether a statement adds a value to an enum (`ALTER TYPE … ADD VALUE`).
    public var addsEnumValue: Bool
    /// What is said of the statements that are run in batches, by the byte that each begins at.
    public var batches: [Int: BatchClause]
    /// Where the queries begin that must return no rows at the end.
    public var verifications: Set<Int>
    /// SHA-256 of the tokens without comments and white space (FORMATS.md, "meaning").
    public var meaning: Checksum

    public init(
        dialect: DatabaseEngine, section: Range<Int>, line: Int, statementCount: Int,
        transaction: Transaction, isUnwrapped: Bool = false, lockTimeout: Duration? = nil,
        statementTimeout: Duration? = nil, hasCopyData: Bool = false, addsEnumValue: Bool = false,
        batches: [Int: BatchClause] = [:], verifications: Set<Int> = [], meaning: Checksum
    ) {
        self.dialect = dialect
        self.section = section
        self.line = line
        self.statementCount = statementCount
        self.transaction = transaction
        self.isUnwrapped = isUnwrapped
        self.lockTimeout = lockTimeout
        self.statementTimeout = statementTimeout
        self.hasCopyData = hasCopyData
        self.addsEnumValue = addsEnumValue
        self.batches = batches
        self.verifications = verifications
        self.meaning = meaning
    }

    /// A script of no statement, for steps that run nothing and have no text at hand.
    static func empty(_ dialect: DatabaseEngine) -> Script {
        Script(
            dialect: dialect, section: 0..<0, line: 1, statementCount: 0, transaction: .wrapped,
            meaning: Checksum(of: ""))
    }

    /// Visits the statements to be sent, in order, with their index from 0.
    ///
    /// The parser has already been through the same bytes, so cutting them again cannot fail.
    public func forEachStatement<Failure: Error>(
        in source: MigrationSource,
        _ body: (Int, Statement) throws(Failure) -> Void
    ) throws(Failure) {
        var statements = StatementCursor(self)
        var index = 0
        while let statement = statements.next(in: source) {
            try body(index, statement)
            index += 1
        }
    }

    /// All statements at once, for scripts known to be small (previews, tests).
    public func statements(in source: MigrationSource) -> [Statement] {
        var all: [Statement] = []
        forEachStatement(in: source) { _, statement in all.append(statement) }
        return all
    }
}

/// Walks the statements of a script one at a time.
public struct StatementCursor: Sendable {
    private var splitter: StatementSplitter
    private let isUnwrapped: Bool

    public init(_ script: Script) {
        splitter = StatementSplitter(
            dialect: script.dialect, from: script.section.lowerBound, to: script.section.upperBound,
            line: script.line)
        isUnwrapped = script.isUnwrapped
    }

    /// The next statement to be sent, or `nil` behind the last.
    public mutating func next(in source: MigrationSource) -> Statement? {
        while true {
            let item: SplitItem?
            do throws(SplitFailure) {
                item = try source.withSpan { (bytes) throws(SplitFailure) in
                    try splitter.next(in: bytes)
                }
            } catch {
                // Reached only with bytes that never went through the parser.
                preconditionFailure("unparsed script: \(error.message)")
            }
            guard let item else { return nil }
            guard case .statement(let statement) = item else { continue }
            if isUnwrapped, statement.kind == .begin || statement.kind == .commit { continue }
            return statement
        }
    }
}
