import ApusCore
import ApusEngine

/// The sentences of a run's log.
enum LogText {
    /// The line for an event, and whether it tells of something wrong; `nil` for what only moves a
    /// bar.
    static func line(_ event: RunEvent) -> (String, isProblem: Bool)? {
        switch event {
        case .waitingForRunLock(let holder, let waited):
            (
                "waiting \(Words.duration(waited)) for another run: \(holder.map(Words.holder) ?? "unknown")",
                false
            )
        case .runStarted(let id, let plan): ("run \(id): \(plan.sentence)", false)
        case .backupStarted(let name): ("backup \(name) begins", false)
        case .backupProgress: nil
        case .backupFinished(let record):
            (
                "backup \(record.name): \(Words.bytes(record.bytes)), \(record.isVerified ? "read back and hashed" : "not verified") in \(Words.duration(record.duration))",
                !record.isVerified
            )
        case .backupsPruned(let pruning):
            ("removed \(Words.count(pruning.removed.count, "old backup"))", false)
        case .pruningFailed(let problem): ("old backups stay: \(problem.message)", true)
        case .stepStarted(let id, let direction, let index, let count):
            (
                "\(direction == .up ? "applies" : "undoes") \(id.title) (\(index + 1) of \(count))",
                false
            )
        case .step(let id, let event): line(event, of: id)
        case .stepFinished(let outcome): line(outcome)
        case .runEnded(let report): line(report)
        }
    }

    private static func line(_ event: StepEvent, of id: MigrationID) -> (String, isProblem: Bool)? {
        switch event {
        case .statementStarted, .progress, .batch: nil
        case .throttled(let reason): ("\(id.version): the next batch waits: \(reason)", true)
        case .statementFinished(let index, let count, let duration, let rows):
            (
                "\(id.version): statement \(index + 1) of \(count) done in \(Words.duration(duration))"
                    + (rows.map { ", \(Words.count(Int($0), "row"))" } ?? ""), false
            )
        case .waitingForLock(let holder, let waited):
            (
                "\(id.version): waiting \(Words.duration(waited)) for \(holder.map(Words.holder) ?? "a lock")",
                true
            )
        case .waitedForLock(let holder, let waited):
            (
                "\(id.version): waited \(Words.duration(waited)) for \(holder.map(Words.holder) ?? "a lock")",
                false
            )
        case .retrying(let attempt, let pause):
            (
                "\(id.version): the lock did not come; attempt \(attempt + 1) in \(Words.duration(pause))",
                true
            )
        case .droppedInvalidIndex(let name):
            ("\(id.version): dropped the invalid index \(name) of an earlier attempt", false)
        case .notice(let text): ("\(id.version): \(text)", false)
        }
    }

    private static func line(_ outcome: StepOutcome) -> (String, isProblem: Bool) {
        if let failure = outcome.failure {
            return ("\(outcome.id.title) failed: \(failure.error.message)", true)
        }
        let done = outcome.direction == .up ? "applied" : "undone"
        return ("\(outcome.id.title) \(done) in \(Words.duration(outcome.duration))", false)
    }

    private static func line(_ report: Report) -> (String, isProblem: Bool) {
        let version = "the database is \(report.version.map { "at \($0)" } ?? "empty")"
        if let failure = report.failure {
            return ("ended: \(failure.message); \(version)", true)
        }
        return ("done in \(Words.duration(report.duration)); \(version)", false)
    }
}
