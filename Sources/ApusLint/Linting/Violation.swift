import ApusCore

/// A rule's objection, before allowances and levels are looked at.
struct Violation: Sendable {
    /// One sentence without a final full stop.
    var message: String
    /// The bytes to point at.
    var range: Range<Int>
    var direction: Direction
    /// Where the statement begins, for the allowances above it.
    var statement: Int
    var details: [String] = []
    /// What to write instead, a line each.
    var help: [String]
    /// What the rule's level is lowered to at most, for what the rule knows to be harmless.
    var limit: RuleLevel = .error
    /// The table whose size decides what the statement costs. A small one makes the finding a notice,
    /// where the target's tables are known (`--live`).
    var costGrowsWith: ObjectName?
    /// What the rule would write instead, where somebody asked for it and it knows.
    var proposal: Result<Fix, FixRefusal>?

    init(
        _ message: String, range: Range<Int>, direction: Direction, statement: Int,
        help: [String] = []
    ) {
        self.message = message
        self.range = range
        self.direction = direction
        self.statement = statement
        self.help = help
    }

    init(
        _ message: String, range: Range<Int>, statement subject: StatementSubject,
        help: [String] = []
    ) {
        self.init(
            message, range: range, direction: subject.direction,
            statement: subject.statement.range.lowerBound, help: help)
    }

    /// The same, as no more than a notice.
    var asNotice: Violation { limited(to: .notice) }

    /// The same, as no more than a warning.
    var asWarning: Violation { limited(to: .warning) }

    private func limited(to level: RuleLevel) -> Violation {
        var copy = self
        copy.limit = level
        return copy
    }

    /// The same, whose cost depends on that table's size.
    func growing(with table: ObjectName) -> Violation {
        var copy = self
        copy.costGrowsWith = table
        return copy
    }
}
