import ApusCore
import ApusEngine
import Synchronization

/// What a run of this process tells while it goes on, for those who watch: the last lines, and how
/// far it is. The database keeps what lasts.
final class RunLog: Sendable {
    struct Line: Sendable {
        /// Counts all lines of the run from 1.
        var number: Int
        var at: Timestamp
        var text: String
        var isProblem: Bool
    }

    struct Content: Sendable {
        var run: RunID?
        var plan: [PlannedStep]?
        /// Whether a step runs without a transaction, so that stopping may leave it half done.
        var isSequential = false
        var lines: [Line] = []
        var count = 0
        /// The statement that goes on, from 0, and of how many.
        var statement: (index: Int, of: Int)?
        var step: MigrationID?
        var backup: String?
        var progress: RunActivity.Progress?
        var isOver = false
        var failure: Diagnostic?
    }

    private let content = Mutex(Content())
    private static let mostLines = 2000

    var run: RunID? { content.withLock { $0.run } }
    var isOver: Bool { content.withLock { $0.isOver } }
    var now: Content { content.withLock { $0 } }

    func end() { content.withLock { $0.isOver = true } }

    func take(_ event: RunEvent) {
        content.withLock { content in
            switch event {
            case .runStarted(let id, let plan):
                content.run = id
                content.plan = plan.steps.map(PlannedStep.init)
                content.isSequential = plan.steps.contains { $0.script.transaction == .none }
            case .backupStarted(let name): content.backup = name
            case .backupProgress(let done):
                content.progress = RunActivity.Progress(
                    phase: "backup, \(done.phase.rawValue.replacing("-", with: " "))",
                    fraction: done.expected.map { min(1, Double(done.bytes) / Double(max(1, $0))) })
            case .backupFinished: (content.backup, content.progress) = (nil, nil)
            case .stepStarted(let id, _, _, _):
                (content.step, content.statement, content.progress) = (id, nil, nil)
            case .step(_, .statementStarted(let index, let count)):
                (content.statement, content.progress) = ((index, count), nil)
            case .step(_, .progress(let phase, let fraction)):
                content.progress = RunActivity.Progress(phase: phase, fraction: fraction)
            case .stepFinished:
                (content.step, content.statement, content.progress) = (nil, nil, nil)
            case .runEnded(let report): content.failure = report.failure
            default: break
            }
            guard let (text, isProblem) = LogText.line(event) else { return }
            content.count += 1
            content.lines.append(
                Line(number: content.count, at: .now, text: text, isProblem: isProblem))
            if content.lines.count > Self.mostLines { content.lines.removeFirst() }
        }
    }
}
