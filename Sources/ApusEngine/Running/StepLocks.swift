public import ApusCore

/// What one step of a run had to do with locks.
public struct StepLocks: Hashable, Sendable {
    public var migration: MigrationID
    public var direction: Direction
    /// How long its statements waited for locks of others, in all attempts, without the pauses between
    /// them: see ``StepEvent/waitedForLock(_:_:)``.
    public var waited: Duration
    /// How often it was tried again because a lock did not come.
    public var retries: Int
    /// Who was seen last to hold what it waited for: `pid 4121 (guests, psql, idle in transaction)`.
    public var holder: String?
    /// What it held itself, where locks were traced.
    public var held: [MeasuredLock]

    public init(
        migration: MigrationID, direction: Direction, waited: Duration = .zero, retries: Int = 0,
        holder: String? = nil, held: [MeasuredLock] = []
    ) {
        self.migration = migration
        self.direction = direction
        self.waited = waited
        self.retries = retries
        self.holder = holder
        self.held = held
    }

    /// Whether it waited or was tried again.
    public var hasWaited: Bool { waited > .zero || retries > 0 }

    /// Whether it is the step that an entry of the journal tells of.
    package func isOf(_ entry: JournalEntry) -> Bool {
        migration == entry.migration && direction == entry.direction
    }
}

extension LockHolder {
    /// `pid 4121 (guests, psql, idle in transaction)`; `nil` where nothing is known of it.
    package var name: String? {
        let facts = [user, application, state].compactMap { $0?.isEmpty == false ? $0 : nil }
            .joined(separator: ", ")
        guard let processID else { return facts.isEmpty ? nil : facts }
        return facts.isEmpty ? "pid \(processID)" : "pid \(processID) (\(facts))"
    }
}

extension StepLocks {
    /// What a row of the registry says of a wait.
    package init(_ wait: Measurements.LockWait) {
        self.init(
            migration: wait.migration, direction: wait.direction, waited: wait.waited,
            retries: wait.retries, holder: wait.holder)
    }
}

extension [StepLocks] {
    /// Puts a lock to what else is known of its step.
    package mutating func add(
        _ lock: MeasuredLock, _ migration: MigrationID, _ direction: Direction
    ) {
        let index = lastIndex { $0.migration == migration && $0.direction == direction } ?? count
        if index == count { append(StepLocks(migration: migration, direction: direction)) }
        self[index].held.append(lock)
    }
}
