import ApusCore
import ApusEngine
import Synchronization

/// Tells of a run while it goes on, and how it ended.
///
/// On a terminal a progress line is drawn over; otherwise there is a line a step, and a heartbeat
/// every ten seconds, so that nobody has to wonder.
final class RunText: Sendable {
    private let console: Console
    private let heartbeat: Heartbeat
    private let current = Mutex("")
    private let meter = ByteMeter()

    init(console: Console) {
        self.console = console
        heartbeat = Heartbeat(console)
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
        heartbeat.beat(event, of: current.withLock(\.self))
        switch event {
        case .statementFinished(let index, let count, let duration, let rows):
            guard console.verbosity == .verbose else { return }
            let counted = rows.map { ", \($0) row\($0 == 1 ? "" : "s")" } ?? ""
            console.print(
                "    statement \(index + 1) of \(count)  \(Wording.duration(duration))\(counted)")
        case .droppedInvalidIndex(let name):
            console.print("    dropped the invalid index \(name) that a broken build left")
        case .notice(let text): console.note("    \(text)")
        case .statementStarted, .progress, .waitingForLock, .waitedForLock, .retrying, .batch,
            .throttled:
            break
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
        for line in outcome.locks?.lines(console) ?? [] { console.print("      \(line)") }
    }

    private func progress(_ line: String) { console.progress("  ◐ \(line)") }

    private func beat(_ line: String) { heartbeat.beat(line) }
}

extension Report {
    /// The last line of a run that succeeded.
    ///
    /// - Parameter flags: What a further run needs as well: ` --application 2.0.0`.
    func closing(_ flags: String = "") -> String {
        let backup =
            backup.map { $0.isVerified ? ", backup verified" : ", backup not verified" } ?? ""
        let left =
            plan.remaining.isEmpty || plan.steps.first?.direction == .down
            ? ""
            : " \(Wording.count(plan.remaining.count, "migration")) left: apus migrate \(plan.remaining.last.map { $0.version.description } ?? "")\(flags)"
        let batches =
            plan.steps.contains(where: \.leavesBatches) ? " Batches are left: apus work" : ""
        let number = run.map { "Run \($0): " } ?? ""
        return
            "\(number)database \(Wording.version(version)) in \(Wording.duration(duration))\(backup).\(left)\(batches)"
    }
}
