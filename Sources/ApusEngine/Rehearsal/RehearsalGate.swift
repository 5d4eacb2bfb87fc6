public import ApusCore

/// A rehearsal that passed, as the database remembers it that it was held for.
public struct RehearsalRecord: Hashable, Sendable {
    public var passedAt: Timestamp
    /// `ana@laptop`
    public var passedBy: String
    public var toolVersion: String
    /// The backup that it began with.
    public var backup: String
    public var backupTakenAt: Timestamp
    public var planDigest: Checksum
    public var from: SemanticVersion?
    public var to: SemanticVersion?
    public var way: RehearsedWay

    public init(
        passedAt: Timestamp, passedBy: String, toolVersion: String, backup: String,
        backupTakenAt: Timestamp, planDigest: Checksum, from: SemanticVersion?,
        to: SemanticVersion?, way: RehearsedWay
    ) {
        self.passedAt = passedAt
        self.passedBy = passedBy
        self.toolVersion = toolVersion
        self.backup = backup
        self.backupTakenAt = backupTakenAt
        self.planDigest = planDigest
        self.from = from
        self.to = to
        self.way = way
    }

    func backupAge(_ now: Timestamp) -> Duration {
        .microseconds(max(0, now.microseconds - backupTakenAt.microseconds))
    }
}

/// Lets only plans through that were rehearsed with a backup of late.
public struct RehearsalGate: Hashable, Sendable {
    /// How old the backup of the rehearsal may be when the plan is run.
    public var maximumAge: Duration

    public init(maximumAge: Duration = Self.usualAge) {
        self.maximumAge = maximumAge
    }

    /// Seven days.
    public static let usualAge = Duration.seconds(7 * 86_400)

    /// What the gate says to one plan.
    public enum Verdict: Hashable, Sendable {
        /// There is nothing to protect: an empty database, or a plan that runs nothing.
        case unneeded
        case open(RehearsalRecord, backupAge: Duration)
        case closed(Reason)
    }

    public enum Reason: Hashable, Sendable {
        /// No rehearsal of exactly these steps passed.
        case neverRehearsed
        /// One did, and its backup is older than is allowed.
        case outdated(RehearsalRecord, backupAge: Duration)
    }

    /// Decides from the rehearsals that a database knows of, in any order.
    public func verdict(
        on plan: Plan, _ records: [RehearsalRecord], isEmpty: Bool, now: Timestamp
    ) -> Verdict {
        guard plan.runsSomething, !isEmpty else { return .unneeded }
        let newest = records.filter { $0.way.covers(plan) }.max {
            $0.backupTakenAt < $1.backupTakenAt
        }
        guard let newest else { return .closed(.neverRehearsed) }
        let age = newest.backupAge(now)
        return age <= maximumAge
            ? .open(newest, backupAge: age) : .closed(.outdated(newest, backupAge: age))
    }

    /// Throws `rehearsal-needed` where the gate is closed.
    public func check(_ verdict: Verdict, of plan: Plan) throws(Diagnostics) {
        guard case .closed(let reason) = verdict else { return }
        throw Diagnostics([refusal(reason, of: plan)])
    }

    private func refusal(_ reason: Reason, of plan: Plan) -> Diagnostic {
        let details =
            switch reason {
            case .neverRehearsed: ["no rehearsal of exactly this plan has passed"]
            case .outdated(let record, let age):
                [
                    "it passed at \(record.passedAt.isoText) with \(record.backup), which is \(age.inWholeUnits) old",
                    "a backup may be \(maximumAge.inWholeUnits) old: rehearsal_max_age",
                ]
            }
        let commands = Self.commands(for: plan)
        return Diagnostic(
            .rehearsalNeeded,
            "this plan has to be rehearsed before it is run here", details: details,
            state: "nothing was changed.",
            help: [
                plan.isRollback
                    ? "rehearse with a backup from before what is undone: \(commands)"
                    : "take a backup and rehearse: \(commands)",
                "in an emergency, without: APUS_REQUIRE_REHEARSAL=false apus \(plan.isRollback ? "rollback" : "migrate") …",
            ])
    }

    /// The commands that open it for a plan. A backup that is there already may be too old, or know another
    /// version: so one is taken.
    public static func commands(for plan: Plan) -> String {
        if plan.isRollback { return "apus backup list, then apus test --from BACKUP" }
        if case .upTo(let version) = plan.goal { return commands(to: version) }
        return commands(to: nil)
    }

    static func commands(to version: SemanticVersion?) -> String {
        "apus backup, then apus test\(version.map { " \($0)" } ?? "") --from latest"
    }

    /// That a rehearsal passed and lets nothing through; `nil` where its backup is young enough.
    func objection(
        to record: RehearsalRecord, of target: SemanticVersion?, now: Timestamp
    ) -> Diagnostic? {
        let age = record.backupAge(now)
        guard age > maximumAge else { return nil }
        return Diagnostic(
            .rehearsalNeeded,
            "the gate stays closed: \(record.backup) is \(age.inWholeUnits) old",
            severity: .warning,
            details: ["a backup may be \(maximumAge.inWholeUnits) old: rehearsal_max_age"],
            help: ["take a backup and rehearse: \(Self.commands(to: target))"])
    }
}

extension Plan {
    /// Whether a script is run that was not begun before; recording and accepting change no data.
    fileprivate var runsSomething: Bool {
        goal.isGated && steps.contains { $0.action == .run && $0.settles == nil }
    }

    /// Whether it is a rollback: a rehearsal goes its way where it begins before what is undone.
    package var isRollback: Bool { goal.runKind == .rollback }
}

extension Goal {
    /// Whether the gate looks at it: what finishes or corrects a broken state never waits for it.
    fileprivate var isGated: Bool { runKind == .migrate || runKind == .rollback }
}

extension Migrator {
    /// What the gate says to a plan; `nil` where there is none. Changes nothing.
    func rehearsalVerdict(
        on plan: Plan, _ history: History, _ session: any DatabaseSession
    ) async throws(Diagnostics) -> RehearsalGate.Verdict? {
        guard let gate = options.rehearsal else { return nil }
        let records = try await asking { () async throws(DatabaseError) in
            try await session.rehearsals()
        }
        let isEmpty =
            history.applied.isEmpty && history.unfinished.isEmpty && history.hasNoTables
        return gate.verdict(on: plan, records, isEmpty: isEmpty, now: now())
    }
}

extension History {
    /// Whether nothing speaks of any data: no history, and no tables of anybody's.
    fileprivate var hasNoTables: Bool {
        if case .absent(let tables) = registry { return tables == 0 }
        return false
    }
}
