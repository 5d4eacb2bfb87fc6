import ApusCore
import ApusEngine
import Synchronization

/// Tells of a run while it goes on, and how it ended.
///
/// On a terminal a progress line is drawn over; otherwise there is a line a step, and a heartbeat
/// every ten seconds, so that nobody has to wonder.
final class RunText: Sendable {
    private let console: Console
    private let lastBeat = Mutex<ContinuousClock.Instant>(.now)
    private let current = Mutex("")
    private let meter = ByteMeter()

    init(console: Console) {
        self.console = console
    }

    func handle(_ event: RunEvent) {
        switch event {
        case .waitingForRunLock(let holder, let waited):
            beat("waiting \(Wording.duration(waited)) for \(Wording.holder(holder))")
        case .runStarted(let id, _):
            if console.verbosity == .verbose { console.print("run \(id)") }
        case .backupStarted(let name): progress("backup \(name)")
        case .backupProgress(let step):
            beat(
                "backup, \(step.phase.words): \(meter.line(step.phase.rawValue, step.bytes, of: step.expected))"
            )
        case .backupFinished(let backup):
            let proof = backup.isVerified ? "read back" : "not verified"
            console.print(
                "  \(console.paint("✓", .good)) backup \(backup.name)  \(Wording.bytes(backup.bytes)), \(proof)  \(Wording.duration(backup.duration))"
            )
        case .backupsPruned(let pruning):
            console.print(
                "  \(console.paint("✓", .good)) \(Wording.count(pruning.removed.count, "old backup")) removed, \(pruning.kept.count) kept"
            )
        case .pruningFailed(let problem): console.report(problem)
        case .stepStarted(let id, _, let index, let count):
            current.withLock { $0 = "\(id.title) (\(index + 1) of \(count))" }
            progress(current.withLock(\.self))
        case .step(_, let event): handle(event)
        case .stepFinished(let outcome): finished(outcome)
        case .runEnded: break
        }
    }

    private func handle(_ event: StepEvent) {
        let title = current.withLock(\.self)
        switch event {
        case .statementStarted(let index, let count):
            beat("\(title): statement \(index + 1) of \(count)")
        case .statementFinished(let index, let count, let duration, let rows):
            guard console.verbosity == .verbose else { return }
            let counted = rows.map { ", \($0) rows" } ?? ""
            console.print(
                "    statement \(index + 1) of \(count)  \(Wording.duration(duration))\(counted)")
        case .progress(let phase, let fraction):
            let bar = fraction.map { " \(Wording.bar($0)) \(Int($0 * 100)) %" } ?? ""
            beat("\(title): \(phase)\(bar)")
        case .waitingForLock(let holder, let waited):
            beat("\(title): waiting \(Wording.duration(waited)) for \(Wording.holder(holder))")
        case .retrying(let attempt, let pause):
            beat("\(title): lock timeout, attempt \(attempt + 1) in \(Wording.duration(pause))")
        case .droppedInvalidIndex(let name):
            console.print("    dropped the invalid index \(name) that a broken build left")
        case .notice(let text): console.note("    \(text)")
        }
    }

    private func finished(_ outcome: StepOutcome) {
        if outcome.failure != nil {
            console.print("  \(console.paint("✗", .bad)) \(outcome.id.title)  failed")
            return
        }
        let word =
            switch (outcome.action, outcome.direction) {
            case (.run, .up): "applied"
            case (.run, .down): "undone"
            case (.record, .up): "recorded"
            case (.record, .down): "recorded as not applied"
            case (.accept, _): "accepted"
            case (.settle, _): "settled"
            }
        console.print(
            "  \(console.paint("✓", .good)) \(outcome.id.title)  \(word)  \(Wording.duration(outcome.duration))"
        )
    }

    private func progress(_ line: String) { console.progress("  ◐ \(line)") }

    /// A progress line on a terminal; elsewhere a line of its own, at most every ten seconds.
    private func beat(_ line: String) {
        progress(line)
        guard !console.drawsProgress else { return }
        let isDue = lastBeat.withLock { last in
            guard ContinuousClock.now - last >= .seconds(10) else { return false }
            last = .now
            return true
        }
        if isDue { console.note("  … \(line)") }
    }
}

extension Report {
    /// The last line of a run that succeeded.
    var closing: String {
        let backup =
            backup.map { $0.isVerified ? ", backup verified" : ", backup not verified" } ?? ""
        let left =
            plan.remaining.isEmpty || plan.steps.first?.direction == .down
            ? ""
            : " \(Wording.count(plan.remaining.count, "migration")) left: apus migrate \(plan.remaining.last.map { $0.version.description } ?? "")"
        let number = run.map { "Run \($0): " } ?? ""
        return
            "\(number)database \(Wording.version(version)) in \(Wording.duration(duration))\(backup).\(left)"
    }
}
