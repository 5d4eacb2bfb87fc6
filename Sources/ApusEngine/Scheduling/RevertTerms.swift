import ApusCore

/// That a run is taken back unless somebody confirms it in time.
public struct RevertTerms: Hashable, Sendable {
    /// How long the confirmation is waited for, from the end of the run on.
    public var patience: Duration

    public init(patience: Duration) {
        self.patience = patience
    }

    /// For how long after its time a run is still taken back. Whoever comes later leaves it: a day
    /// later people have worked with what the run made.
    static let lateness = Duration.seconds(86_400)

    /// When a revert that changed nothing is tried again: a minute later, as long as it has time.
    static func nextAttempt(
        of entry: ScheduleEntry, now: Timestamp
    ) -> ClosedRange<Timestamp>? {
        let next = now + .seconds(60)
        return next < entry.draft.notAfter ? next...entry.draft.notAfter : nil
    }

    func window(from now: Timestamp) -> ClosedRange<Timestamp> {
        let begin = now + patience
        return begin...(begin + Self.lateness)
    }
}

extension Migrator {
    /// The plan that would take a plan back, once it has been run: made by the planner that makes any
    /// rollback's, from the history as it will be.
    ///
    /// Throws `irreversible` where a step cannot be undone.
    func revertPlan(
        of plan: Plan, _ history: History, _ migrations: [Migration]
    ) throws(Diagnostics) -> Plan {
        var later = history
        later.registry = .present(version: 0)
        let taken = Set(plan.steps.map(\.id))
        later.unfinished.removeAll { taken.contains($0.id) }
        for step in plan.steps {
            guard let record = step.record else { continue }
            later.applied.append(
                AppliedMigration(
                    id: step.id, checksum: record.checksum, upMeaning: record.upMeaning,
                    downMeaning: record.downMeaning, text: record.text,
                    dependencies: record.dependencies,
                    minimumApplication: record.minimumApplication,
                    irreversibleReason: record.irreversibleReason, appliedAt: now(),
                    appliedBy: "", duration: .zero, run: RunID(0), isBaseline: false))
        }
        do throws(Diagnostics) {
            return try Planner.plan(
                .undoLast(plan.steps.count), for: input(migrations, later))
        } catch {
            throw Diagnostics(
                error.all.map { problem in
                    var problem = problem
                    problem.state = "nothing was run."
                    problem.help.append("or migrate without --revert-unless-confirmed")
                    return problem
                })
        }
    }
}

/// What is left to take back of a run. Pure.
enum RevertRemainder: Hashable, Sendable {
    /// So many migrations, the last that the database has.
    case last(Int)
    /// Nothing of the run is applied any more.
    case nothing
    /// Something was done since, so that the run's migrations are not the last ones.
    case disturbed(by: MigrationID)

    init(of run: RunID, _ history: History) {
        let own = history.applied.filter { $0.run == run }
        let half = history.halfApplied
        if let foreign = half.first(where: { $0.run != run }) {
            self = .disturbed(by: foreign.id)
        } else if own.isEmpty, half.isEmpty {
            self = .nothing
        } else if let foreign = history.applied.suffix(own.count).last(where: { $0.run != run }) {
            self = .disturbed(by: foreign.id)
        } else {
            self = .last(own.count + half.count)
        }
    }
}
