public import ApusCore

/// What a session says of its database at the beginning of a look.
public struct DatabaseStanding: Sendable {
    public var facts: ServerFacts
    /// Without texts.
    public var history: History
    public var schedule: [ScheduleEntry]

    public init(facts: ServerFacts, history: History, schedule: [ScheduleEntry]) {
        self.facts = facts
        self.history = history
        self.schedule = schedule
    }
}
