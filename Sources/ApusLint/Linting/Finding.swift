public import ApusCore

/// What a rule found, at the level that counts here.
public struct Finding: Hashable, Sendable {
    public var rule: String
    public var severity: Diagnostic.Severity
    /// The section that it is in; `nil` for what concerns the file.
    public var direction: Direction?
    public var location: SourceLocation
    public var excerpt: SourceExcerpt
    /// One sentence without a final full stop.
    public var message: String
    public var details: [String]
    /// What to write instead, a line each.
    public var help: [String]

    /// The finding as everything else that Apus reports.
    public var diagnostic: Diagnostic {
        Diagnostic(
            .lintFinding, message, severity: severity, at: location, excerpt: excerpt,
            details: details, help: help + ["apus explain \(rule)"], rule: rule)
    }
}
