public import ApusCore

/// What is to be rehearsed.
public struct RehearsalRequest: Sendable {
    /// The version to go to; `nil`: everything that is there.
    public var target: SemanticVersion?
    public var start: RehearsalStart
    public var place: RehearsalPlace
    /// Where the user's own assertions are; `nil` runs none.
    public var tests: TestFolder?
    public var budget: RehearsalBudget

    public init(
        target: SemanticVersion? = nil, start: RehearsalStart = .nothing,
        place: RehearsalPlace = .beside, tests: TestFolder? = nil,
        budget: RehearsalBudget = RehearsalBudget()
    ) {
        self.target = target
        self.start = start
        self.place = place
        self.tests = tests
        self.budget = budget
    }
}

/// What a rehearsal begins with.
public enum RehearsalStart: Hashable, Sendable {
    /// An empty database.
    case nothing
    /// The newest backup of this database that nothing speaks against.
    case latest
    /// A backup by its name in the folder, or by a path.
    case backup(String)

    /// `nothing` and `latest` are words; everything else is a backup.
    public init(_ text: String) {
        switch text {
        case "nothing": self = .nothing
        case "latest": self = .latest
        default: self = .backup(text)
        }
    }
}

/// What a migration may cost; more fails the rehearsal.
public struct RehearsalBudget: Hashable, Sendable {
    /// How long one step may take, up or down.
    public var step: Duration?
    /// How long a step may hold a lock that stops writes, or reads as well, on a table that was there
    /// before.
    public var lock: Duration?

    public init(step: Duration? = nil, lock: Duration? = nil) {
        self.step = step
        self.lock = lock
    }

    /// What of a step is over the budget, as findings.
    func findings(
        _ step: RehearsedStep, of id: MigrationID, _ migration: Migration? = nil
    ) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        if let limit = self.step, step.duration > limit {
            findings.append(
                Diagnostic(
                    .budgetExceeded,
                    "\(id.title), \(step.phase.words): it took \(step.duration.inBudgetUnits), and the budget is \(limit.inBudgetUnits)",
                    at: migration?.place(of: step.phase),
                    help: ["split it, or raise test: max_duration in apus.yaml"]))
        }
        guard let limit = lock, let locks = step.locks else { return findings }
        var told: Set<String> = []
        // A table is named once, with the strongest lock that was held for too long.
        for lock in locks.sorted(by: { ($0.mode, $0.held) > ($1.mode, $1.held) })
        where lock.mode.stopsWrites && lock.held > limit && told.insert(lock.relation).inserted {
            findings.append(
                Diagnostic(
                    .budgetExceeded,
                    "\(id.title), \(step.phase.words): \(lock.mode.name) on \(lock.relation) was held for \(lock.held.inBudgetUnits), and the budget is \(limit.inBudgetUnits)",
                    at: migration?.place(of: step.phase, statement: lock.statement),
                    help: ["split it, or raise test: max_lock in apus.yaml"]))
        }
        return findings
    }
}

extension Duration {
    /// `340 ms`, `2.57 s`, `30 s`, `5 min 12 s`: rounded as everywhere.
    var inBudgetUnits: String {
        let milliseconds = Int64((self / .milliseconds(1)).rounded())
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        let hundredths = (milliseconds + 5) / 10
        if hundredths < 6000 {
            let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
            return rest == 0 ? "\(whole) s" : "\(whole).\(rest < 10 ? "0" : "")\(rest) s"
        }
        let seconds = (milliseconds + 500) / 1000
        return seconds % 60 == 0
            ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s"
    }
}
