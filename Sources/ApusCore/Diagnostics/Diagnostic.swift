/// What happened, where, what state the database is in now, and what can be run next.
///
/// A diagnostic is a value: it is thrown as an error, collected as a warning, and rendered as text
/// or JSON, always with the same content.
public struct Diagnostic: Error, Hashable, Sendable {
    public enum Severity: String, Hashable, Sendable, CaseIterable {
        case error, warning, notice
    }

    /// The stable identifier; `apus explain CODE` tells more about it.
    public var code: DiagnosticCode
    /// The lint rule, for what ``DiagnosticCode/lintFinding`` reports.
    public var rule: String?
    public var severity: Severity
    /// One sentence without a final full stop.
    public var message: String
    public var location: SourceLocation?
    public var excerpt: SourceExcerpt?
    /// Said behind the caret, for instance `did you mean "language"?`.
    public var hint: String?
    /// Further facts, a line each (a server's DETAIL, the names that clash).
    public var details: [String]
    /// The state the database is in now, where an attempt was made to change it.
    public var state: String?
    /// What can be done next; each line holds a command where one exists.
    public var help: [String]

    public init(
        _ code: DiagnosticCode,
        _ message: String,
        severity: Severity = .error,
        at location: SourceLocation? = nil,
        excerpt: SourceExcerpt? = nil,
        hint: String? = nil,
        details: [String] = [],
        state: String? = nil,
        help: [String] = [],
        rule: String? = nil
    ) {
        self.code = code
        self.rule = rule
        self.severity = severity
        self.message = message
        self.location = location
        self.excerpt = excerpt
        self.hint = hint
        self.details = details
        self.state = state
        self.help = help
    }

    /// What stands in brackets before the message, and what `apus explain` knows more about: the code,
    /// or the lint rule.
    public var name: String { rule ?? code.rawValue }
}

/// Several diagnostics found in one look, so that a user mends all of them at once.
public struct Diagnostics: Error, Hashable, Sendable {
    /// Never empty, in the order of file and line.
    public var all: [Diagnostic]

    public init(_ all: [Diagnostic]) {
        precondition(!all.isEmpty, "an error needs a diagnostic")
        self.all = all
    }
}
