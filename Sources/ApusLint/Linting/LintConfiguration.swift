public import ApusCore

/// What the project says about lint.
public struct LintConfiguration: Hashable, Sendable {
    /// By rule; a rule that is not named has its own level.
    public var levels: [String: RuleLevel]
    /// How long a statement waits for a lock where the file says nothing; zero: for ever.
    public var lockTimeout: Duration

    public init(levels: [String: RuleLevel] = [:], lockTimeout: Duration = .seconds(5)) {
        self.levels = levels
        self.lockTimeout = lockTimeout
    }

    func level(of rule: Rule) -> RuleLevel { levels[rule.name] ?? rule.level }
}
