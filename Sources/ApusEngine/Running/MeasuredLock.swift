public import ApusCore

/// What one statement of a step newly did to a table or view that was there before the step: a stronger
/// lock, a new file, a look through all its rows.
public struct MeasuredLock: Hashable, Sendable {
    /// Qualified.
    public var relation: String
    /// The strongest lock that the step held on it behind the statement.
    public var mode: TableLockMode
    /// The statement, from 0.
    public var statement: Int
    /// From the beginning of the statement that took the lock until the step's end.
    public var held: Duration
    /// Whether the statement gave the table a new file: its rows were written anew, or all left out.
    public var isRewrite: Bool
    /// Whether the statement walked through the whole table.
    public var isScan: Bool

    public init(
        relation: String, mode: TableLockMode, statement: Int, held: Duration,
        isRewrite: Bool = false, isScan: Bool = false
    ) {
        self.relation = relation
        self.mode = mode
        self.statement = statement
        self.held = held
        self.isRewrite = isRewrite
        self.isScan = isScan
    }
}
