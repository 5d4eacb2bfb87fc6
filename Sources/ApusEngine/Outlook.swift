public import ApusCore

/// What a goal means as things stand now: what ``Migrator/outlook(_:)`` sees, for somebody to look at
/// and agree to.
public struct Outlook: Sendable {
    /// The server that was asked.
    public var facts: ServerFacts
    public var plan: Plan
    /// Whether the plan may be run without another rehearsal; `nil` where none is required.
    public var rehearsal: RehearsalGate.Verdict?
    /// The files that the plan was made from, as they were read and checked.
    let files: FolderSurvey

    /// The files of the migrations that have run, in order.
    package var applied: [Migration] {
        let pending = Set(plan.steps.filter { $0.direction == .up }.map(\.id) + plan.remaining)
        return files.migrations.filter { !pending.contains($0.id) }
    }
}
