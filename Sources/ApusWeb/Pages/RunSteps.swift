import ApusCore
import ApusEngine

/// The steps of a run, from its plan and its journal.
struct RunSteps {
    let views: [RunView.StepView]

    init(_ record: RunRecord, _ log: RunLog.Content?) {
        var entries: [MigrationID: JournalEntry] = [:]
        for entry in record.journal { entries[entry.migration] = entry }
        let plan = log?.plan ?? record.plan
        guard let plan, !plan.isEmpty else {
            views = record.journal.map { RunView.StepView($0) }
            return
        }
        let isOpen = record.status == .running
        // What runs in one transaction writes its journal row at the end: the first step without one
        // is the one that goes on.
        let current = isOpen ? plan.first { entries[$0.migration]?.status != .done } : nil
        views = plan.map { step in
            if let entry = entries[step.migration], entry.status != .started || !isOpen {
                return RunView.StepView(entry)
            }
            return RunView.StepView(
                step, isCurrent: step == current, isOpen: isOpen, entry: entries[step.migration])
        }
    }

    /// Of very many steps, those around the one that goes on.
    static func window(_ views: [RunView.StepView]) -> [RunView.StepView] {
        guard views.count > most else { return views }
        let here = views.firstIndex { $0.state.tone != "good" } ?? views.count - 1
        let start = max(0, min(here - most / 2, views.count - most))
        return Array(views[start..<start + most])
    }

    private static let most = 30
}

extension RunView.StepView {
    init(_ entry: JournalEntry) {
        state =
            switch entry.status {
            case .done: Tone("good", "✓", entry.direction == .up ? "applied" : "undone")
            case .failed: Tone("bad", "✗", "failed")
            case .started: Tone("warn", "◐", "stopped midway")
            case .settled: Tone("calm", "●", "settled")
            }
        title = entry.migration.title
        verb = entry.direction == .up ? "Apply" : "Undo"
        note = [
            entry.duration.map(Words.duration),
            entry.status == .started
                ? "\(entry.statementsDone) of \(Words.count(entry.statementCount, "statement")) done"
                : nil,
        ].compactMap(\.self).joined(separator: " · ")
        message = entry.message
    }

    init(_ step: PlannedStep, isCurrent: Bool, isOpen: Bool, entry: JournalEntry?) {
        state =
            isCurrent
            ? Tone("live", "◐", "going on")
            : isOpen ? Tone("next", "○", "to come") : Tone("calm", "○", "not begun")
        title = step.migration.title
        verb = step.direction == .up ? "Apply" : "Undo"
        note =
            entry.map {
                "\($0.statementsDone) of \(Words.count($0.statementCount, "statement")) done"
            }
            ?? Words.count(step.statements, "statement")
    }
}

/// What a journal's entry says as a sentence.
enum JournalText {
    static func sentence(_ entry: JournalEntry) -> String {
        let done = entry.direction == .up ? "applied" : "undone"
        let time = entry.duration.map { " in \(Words.duration($0))" } ?? ""
        return switch entry.status {
        case .done: "\(entry.migration.title) \(done)\(time)"
        case .failed:
            "\(entry.migration.title) failed\(time)\(entry.message.map { ": \($0)" } ?? "")"
        case .started:
            "\(entry.migration.title): \(entry.statementsDone) of \(entry.statementCount) statements done\(entry.message.map { ", then: \($0)" } ?? "")"
        case .settled: "\(entry.migration.title) settled"
        }
    }

    /// What a step waited for, and what it kept others from.
    static func sentences(_ step: StepLocks) -> [String] {
        let id = step.migration.version
        let again = step.retries > 0 ? ", tried again \(Words.count(step.retries, "time"))" : ""
        let wait =
            step.hasWaited
            ? ["\(id): waited \(Words.duration(step.waited)) for \(step.holder ?? "locks")\(again)"]
            : []
        return wait
            + step.held.map { lock in
                "\(id): statement \(lock.statement + 1) locked \(lock.relation): \(lock.mode.name) for \(Words.duration(lock.held))"
                    + (lock.isRewrite ? ", rewrite" : lock.isScan ? ", scan" : "")
            }
    }
}
