public import ApusCore

/// A piece of a migration that a rule objects to, or does not.
///
/// A test runs lint over each: a bad one brings exactly its rule, at exactly its line; a good one brings
/// nothing. PostgreSQL's are also run on real servers.
public struct Example: Sendable {
    public enum Verdict: String, Sendable { case bad, good }

    public var verdict: Verdict
    public var engine: DatabaseEngine
    /// What the example shows, for its place on the page; without a final full stop.
    public var title: String
    /// Statements of an earlier migration, which the example needs.
    public var earlier: String
    /// Whether the section with the example has `-- apus: no-transaction`.
    public var isOutsideTransaction: Bool
    public var up: String
    /// `nil`: the migration is irreversible.
    public var down: String?
    /// Why the migration is irreversible, where that is what the example shows.
    public var irreversibleReason: String?
    /// Whether the finding is in the down section.
    public var isInDown: Bool
    /// The line of the section that the finding points at, from 1.
    public var line: Int
    /// Other rules that object to the same example, and must.
    public var others: [String]
    /// The SQLSTATE that a server refuses the example with, where that is what the rule is about.
    public var refusal: String?

    /// Whether `lint --fix` rewrites it; a test tries each on real servers.
    public var isFixable = false

    /// Something that the rule objects to, in the line of the section that it stands in.
    static func bad(
        _ title: String, on engine: DatabaseEngine = .postgres, line: Int = 1, earlier: String = "",
        outsideTransaction: Bool = false,
        others: [String] = [], refusal: String? = nil, _ up: String
    ) -> Example {
        Example(
            verdict: .bad, engine: engine, title: title, earlier: earlier,
            isOutsideTransaction: outsideTransaction, up: up, down: nil, isInDown: false,
            line: line, others: others, refusal: refusal)
    }

    /// A migration to whose lack of a down section the rule objects.
    static func bad(
        _ title: String, on engine: DatabaseEngine = .postgres, irreversible reason: String,
        up: String
    ) -> Example {
        var example = Example.bad(title, on: engine, up)
        example.irreversibleReason = reason
        example.isInDown = true
        return example
    }

    /// Something that the rule objects to in the up section and that `lint --fix` rewrites.
    static func fixable(
        _ title: String, line: Int = 1, earlier: String = "", others: [String] = [], _ up: String,
        down: String
    ) -> Example {
        Example(
            verdict: .bad, engine: .postgres, title: title, earlier: earlier,
            isOutsideTransaction: false, up: up, down: down, isInDown: false, line: line,
            others: others, refusal: nil, isFixable: true)
    }

    /// Something that the rule objects to in a down section.
    static func bad(
        _ title: String, on engine: DatabaseEngine = .postgres, line: Int = 1, earlier: String = "",
        others: [String] = [], up: String,
        down: String
    ) -> Example {
        Example(
            verdict: .bad, engine: engine, title: title, earlier: earlier,
            isOutsideTransaction: false, up: up,
            down: down, isInDown: true, line: line, others: others, refusal: nil)
    }

    /// Something that no rule objects to.
    static func good(
        _ title: String, on engine: DatabaseEngine = .postgres, earlier: String = "",
        outsideTransaction: Bool = false, _ up: String,
        down: String? = nil
    ) -> Example {
        Example(
            verdict: .good, engine: engine, title: title, earlier: earlier,
            isOutsideTransaction: outsideTransaction, up: up, down: down, isInDown: false, line: 0,
            others: [], refusal: nil)
    }
}
