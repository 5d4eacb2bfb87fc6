public import ApusCore

/// What somebody is about to do: written to the database before it is done.
public struct AuditIntent: Hashable, Sendable {
    /// Who, as the authorizer names them.
    public var person: String
    /// The address that the request came from, where it is known.
    public var address: String?
    /// `migrate`, `rollback`, `repair`, `cancel`, `backup`, `verify-backup`, `download-backup`, `rehearse`,
    /// `stop-rehearsal`, `schedule`, `cancel-scheduled`, `confirm`.
    public var action: String
    /// What it is done to: a plan's sentence, a run, a backup's name, what a rehearsal begins
    /// with.
    public var subject: String
    /// Two intents with the same key are one: the second is refused.
    public var key: String?

    public init(
        person: String, address: String? = nil, action: String, subject: String,
        key: String? = nil
    ) {
        self.person = person
        self.address = address
        self.action = action
        self.subject = subject
        self.key = key
    }
}

/// The number of an intent: 1 for the first on a database.
public struct AuditID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var number: Int64

    public init(_ number: Int64) {
        self.number = number
    }

    public var description: String { String(number) }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// An intent as the database remembers it, and what came of it.
public struct AuditEntry: Hashable, Sendable {
    public var id: AuditID
    public var at: Timestamp
    public var person: String
    public var address: String?
    public var action: String
    public var subject: String
    /// `done`, or the code of what it failed with; `nil` while it goes on, or where its process went
    /// away.
    public var outcome: String?
    /// The run that it led to.
    public var run: RunID?

    public init(
        id: AuditID, at: Timestamp, person: String, address: String?, action: String,
        subject: String, outcome: String?, run: RunID?
    ) {
        self.id = id
        self.at = at
        self.person = person
        self.address = address
        self.action = action
        self.subject = subject
        self.outcome = outcome
        self.run = run
    }
}
