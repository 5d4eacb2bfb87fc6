import ApusCore
import ApusEngine
import Synchronization

/// Tells of a rehearsal while it goes on, and how it ended.
final class RehearsalText: Sendable {
    private let console: Console
    private let meter = ByteMeter()
    private let heartbeat: Heartbeat
    private let current = Mutex("")

    init(console: Console) {
        self.console = console
        heartbeat = Heartbeat(console)
    }

    func handle(_ event: RehearsalEvent) {
        switch event {
        case .cleared(let names):
            done("removed \(Wording.count(names.count, "database")) that a killed rehearsal left")
        case .verifying(let step):
            beat(
                "\(step.phase.words): \(meter.line(step.phase.rawValue, step.bytes, of: step.expected))"
            )
        case .making: beat("making a database for the rehearsal")
        case .loading(let bytes, let expected):
            beat("restoring: \(meter.line("loading", bytes, of: expected))")
        case .made(let place): console.print("Rehearses in \(place), which is removed afterwards.")
        case .planned(let plan): console.print(plan.sentence)
        case .stepStarted(let id, let phase):
            current.withLock { $0 = "\(id.title), \(phase.words)" }
            console.progress("  ◐ \(current.withLock(\.self))")
        case .step(_, let event): heartbeat.beat(event, of: current.withLock(\.self))
        case .rehearsed(let result): tell(result)
        case .asserted(let outcome): tell(outcome)
        case .removing: beat("removing the database")
        }
    }

    // MARK: Lines

    private func tell(_ result: MigrationRehearsal) {
        var parts = result.steps.map { step in
            step.isDone
                ? "\(step.phase.words) \(Wording.duration(step.duration))"
                : "\(step.phase.words) failed"
        }
        if let reason = result.irreversibleReason { parts.append("irreversible: \(reason)") }
        if result.afterDown?.isOfPositionsAlone == true {
            parts.append("columns in another order after down")
        } else if result.afterDown?.isEmpty == false {
            parts.append("another schema after down")
        }
        if result.afterUpAgain?.isEmpty == false { parts.append("another schema after up again") }
        if !result.dataChanges.isEmpty {
            parts.append("data lost: \(Self.names(of: result.dataChanges))")
        }
        let mark =
            !result.passed
            ? console.paint("✗", .bad)
            : result.findings.isEmpty ? console.paint("✓", .good) : console.paint("!", .warning)
        console.print("  \(mark) \(result.id.title)  \(parts.joined(separator: ", "))")
        for step in result.steps where step.phase == .up || console.verbosity == .verbose {
            for line in step.locks?.lines(console) ?? [] {
                console.print("      \(step.phase.words), \(line)")
            }
            if step.hasUnreadLocks {
                console.print("      \(step.phase.words), \(RehearsedStep.unreadLocks)")
            }
        }
    }

    private static func names(of changes: [DataChange]) -> String {
        let names = changes.map { change in
            change.column.map { "\(change.table).\($0)" } ?? change.table
        }
        let shown = names.prefix(4).joined(separator: ", ")
        return names.count > 4 ? "\(shown), …" : shown
    }

    private func tell(_ outcome: AssertionOutcome) {
        let mark = outcome.passed ? console.paint("✓", .good) : console.paint("✗", .bad)
        let count = outcome.rows.map(\.count) ?? 0
        let result =
            outcome.passed ? "holds" : count > 0 ? Wording.count(count, "row") : "cannot be asked"
        console.print("  \(mark) \(outcome.version) asserts \(outcome.name): \(result)")
    }

    func finish(_ report: RehearsalReport, _ request: RehearsalRequest) {
        for finding in report.findings where !(console.isJSON && finding.severity == .error) {
            console.report(finding)
        }
        if request.budget.lock != nil, !report.hasLocks, !report.migrations.isEmpty {
            console.print("Locks were not measured: the budget of locks was not looked at.")
        } else if request.budget.lock != nil, report.unreadSteps > 0 {
            console.print(
                "The budget of locks was not looked at in \(Wording.count(report.unreadSteps, "step")) without a transaction."
            )
        }
        console.answer(report.closing)
    }

    private func done(_ line: String) {
        console.print("  \(console.paint("✓", .good)) \(line)")
    }

    private func beat(_ line: String) { heartbeat.beat(line) }
}

extension RehearsedStep {
    static let unreadLocks = "its locks were not read: it has no transaction to be asked about"
}

extension RehearsalReport {
    fileprivate var hasLocks: Bool {
        migrations.contains { $0.steps.contains { $0.locks != nil } }
    }

    fileprivate var unreadSteps: Int {
        migrations.reduce(0) { $0 + $1.steps.count(where: \.hasUnreadLocks) }
    }

    /// `Passed: 3 migrations and 2 assertions from nothing to 1.2.0 in 1.20 s.`
    fileprivate var closing: String {
        let begin =
            switch start {
            case .nothing: "nothing"
            case .backup(let name, _): "\(name) (\(Wording.version(from)))"
            }
        guard !migrations.isEmpty || !notReached.isEmpty || !findings.isEmpty else {
            if case .nothing = start { return "Nothing to rehearse: there is no migration." }
            return
                "Nothing to rehearse: \(begin) has every migration already. With the database as it is: apus backup, then apus test --from latest"
        }
        let counted = [
            Wording.count(migrations.count, "migration"),
            assertions.isEmpty ? nil : Wording.count(assertions.count, "assertion"),
        ].compactMap(\.self).joined(separator: " and ")
        let way = "\(counted) from \(begin) to \(Wording.version(way.levels.last ?? nil))"
        let time = "in \(Wording.duration(duration))"
        guard passed else {
            let errors = findings.count { $0.severity == .error }
            let left =
                notReached.isEmpty
                ? "" : " \(Wording.count(notReached.count, "migration")) not reached."
            return
                "Not passed: \(Wording.count(errors, "problem")) in \(way) \(time).\(left)"
        }
        return "Passed: \(way) \(time).\(isRecorded ? " The database knows of it." : "")"
    }
}
