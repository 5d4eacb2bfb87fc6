/// The number of an entry of the schedule: 1 for the first on a database.
public struct ScheduleID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var number: Int64

    public init(_ number: Int64) {
        self.number = number
    }

    public var description: String { String(number) }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// What is to be run at its time, and what became of it.
public struct ScheduleEntry: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case migrate, rollback
        /// The rollback of a run, unless somebody confirms it.
        case revert
    }

    public enum State: String, Hashable, Sendable, CaseIterable {
        case waiting, running, done, failed
        /// The plan would have been another one, so it was not run.
        case changed
        /// Nobody ran it in its time.
        case missed
        case cancelled
        /// Of a revert: somebody confirmed the run, so nothing is taken back.
        case confirmed

        public var isFinal: Bool { self != .waiting && self != .running }
    }

    public var id: ScheduleID
    public var draft: Draft
    public var createdAt: Timestamp
    public var state: State
    public var endedAt: Timestamp?
    /// The run that came of it.
    public var run: RunID?
    public var message: String?

    public init(
        id: ScheduleID, draft: Draft, createdAt: Timestamp, state: State = .waiting,
        endedAt: Timestamp? = nil, run: RunID? = nil, message: String? = nil
    ) {
        self.id = id
        self.draft = draft
        self.createdAt = createdAt
        self.state = state
        self.endedAt = endedAt
        self.run = run
        self.message = message
    }

    public var kind: Kind { draft.kind }

    /// What an entry says from the beginning.
    public struct Draft: Hashable, Sendable {
        public var kind: Kind
        /// What is wanted, as JSON; drivers keep it as it is.
        public var goal: String
        /// The plan's sentence.
        public var summary: String
        /// Of the plan that was agreed to: another one is not run.
        public var planDigest: Checksum
        public var notBefore: Timestamp
        public var notAfter: Timestamp
        /// The time as the person wrote it.
        public var said: String
        public var createdBy: String
        /// Of a revert: the run that it would take back.
        public var reverts: RunID?

        public init(
            kind: Kind, goal: String, summary: String, planDigest: Checksum, notBefore: Timestamp,
            notAfter: Timestamp, said: String, createdBy: String, reverts: RunID? = nil
        ) {
            self.kind = kind
            self.goal = goal
            self.summary = summary
            self.planDigest = planDigest
            self.notBefore = notBefore
            self.notAfter = notAfter
            self.said = said
            self.createdBy = createdBy
            self.reverts = reverts
        }
    }
}

/// What changes of an entry, where it is still in a state that allows it.
public struct ScheduleChange: Hashable, Sendable {
    public var from: Set<ScheduleEntry.State>
    public var to: ScheduleEntry.State
    /// `nil` leaves what is there.
    public var run: RunID?
    /// `nil` leaves what is there.
    public var message: String?
    /// Another window; `nil` leaves what is there.
    public var window: ClosedRange<Timestamp>?

    public init(
        from: Set<ScheduleEntry.State>, to: ScheduleEntry.State, run: RunID? = nil,
        message: String? = nil, window: ClosedRange<Timestamp>? = nil
    ) {
        self.from = from
        self.to = to
        self.run = run
        self.message = message
        self.window = window
    }
}
