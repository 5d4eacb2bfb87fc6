import ApusCore
import ApusEngine

/// A run that was asked for: by whom, and once.
struct RunOrder: Sendable {
    /// The form's nonce, or a program's idempotency key with its session: two orders with the
    /// same key are one (W11).
    var key: String
    var goal: Goal
    /// The plan that was agreed to (W10).
    var digest: Checksum
    var person: String
    var address: String?
    var down: Step.Origin?

    /// As the audit keeps it, before anything is run.
    var intent: AuditIntent {
        AuditIntent(
            person: person, address: address, action: goal.action, subject: goal.words, key: key)
    }

    /// Whether it asks for the same as another one.
    func isSame(as other: RunOrder) -> Bool {
        goal == other.goal && down == other.down && digest == other.digest
            && person == other.person
    }

    /// What an order with the same key has come to before, in whatever process.
    enum Earlier: Sendable {
        /// The key is new.
        case none
        case run(RunID)
        /// The key was used to ask for something else.
        case another
        /// It was written down that it would be done, and there is no run: it is just being begun,
        /// or its process ended before it was.
        case unbegun
    }

    /// What the database's own notes say that it came to.
    func earlier(in migrator: Migrator) async throws(Diagnostics) -> Earlier {
        guard let entry = try await migrator.audited(key: key) else { return .none }
        let intent = intent
        guard entry.action == intent.action, entry.subject == intent.subject,
            entry.person == intent.person
        else { return .another }
        if let id = entry.run {
            return try await migrator.run(id).planDigest == digest ? .run(id) : .another
        }
        // The outcome, which names the run, is written at its end. The lock is held from the intent
        // until the run is begun, so the first run after it is its own.
        let runs = try await migrator.runs(limit: StateReader.mostRuns)
        let first = runs.last { $0.startedAt >= entry.at }
        guard let first, first.startedBy == person else { return .unbegun }
        return first.planDigest == digest ? .run(first.id) : .another
    }
}

extension Goal {
    fileprivate var action: String {
        let fields = GoalFields(self)
        return fields.isRepair ? "repair" : fields.isRollback ? "rollback" : "migrate"
    }

    /// As the audit names it.
    fileprivate var words: String {
        let fields = GoalFields(self).fields
        return fields.isEmpty
            ? "everything pending" : fields.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    }
}
