/// What a look at a folder brought.
public struct LintReport: Hashable, Sendable {
    /// In the order of the files and of their lines.
    public var findings: [Finding] = []
    /// How many migrations were examined.
    public var migrations = 0
    public var statements = 0
    /// How many of the statements could not be parsed.
    public var notExamined = 0

    public init() {}
}
