public import ApusCore

/// What a goal means as things stand now: what ``Migrator/outlook(_:)`` sees, for somebody to look at
/// and agree to.
public struct Outlook: Sendable {
    /// The server that was asked.
    public var facts: ServerFacts
    public var plan: Plan
    /// The files that the plan was made from, as they were read and checked.
    let files: FolderSurvey
}
