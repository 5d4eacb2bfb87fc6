import ApusEngine
import Synchronization

/// Says that something goes on, so that nobody has to wonder.
///
/// On a terminal a progress line is drawn over; otherwise there is a line every ten seconds at most.
final class Heartbeat: Sendable {
    private let console: Console
    private let last = Mutex<ContinuousClock.Instant>(.now)
    private let step = Mutex(StepBeat())

    init(_ console: Console) {
        self.console = console
    }

    /// The line is made only where it is shown; `nil` shows none.
    func beat(_ line: @autoclosure () -> String?) {
        if console.drawsProgress {
            if let line = line() { console.progress("  ◐ \(line)") }
            return
        }
        let due = last.withLock { last -> String? in
            guard ContinuousClock.now - last >= .seconds(10), let line = line() else { return nil }
            last = .now
            return line
        }
        if let due { console.note("  … \(due)") }
    }

    /// What is worth a beat of what happens in a step.
    func beat(_ event: StepEvent, of title: @autoclosure () -> String) {
        let now = step.withLock { step in
            step.take(event)
            return step
        }
        beat(now.line(for: event).map { "\(title()): \($0)" })
    }
}

/// What a line says of a step that goes on: where it was ended by a lock timeout and begins again, also
/// how often, and who was in the way.
struct StepBeat: Sendable {
    private var attempt = 1
    private var holder: LockHolder?

    mutating func take(_ event: StepEvent) {
        switch event {
        case .waitingForLock(let found, _): holder = found
        case .retrying(let failed, _): attempt = failed + 1
        case .statementFinished: self = StepBeat()
        default: break
        }
    }

    /// Of the event that was taken last; `nil` where it is not worth a line.
    func line(for event: StepEvent) -> String? {
        switch event {
        case .statementStarted(let index, let count):
            return "statement \(index + 1) of \(count)" + (attempt > 1 ? ", \(again)" : "")
        case .progress(let phase, let fraction):
            let bar = fraction.map { " \(Wording.bar($0)) \(Int($0 * 100)) %" } ?? ""
            return "\(phase)\(bar)"
        case .waitingForLock(let found, let waited):
            return "waiting \(Wording.duration(waited)) for \(Wording.holder(found))"
        case .retrying(_, let pause):
            return "lock timeout: in \(Wording.duration(pause)) \(again)"
        case .batch(let progress): return Wording.progress(progress)
        case .throttled(let reason): return "the next batch waits: \(reason)"
        case .statementFinished, .droppedInvalidIndex, .notice, .waitedForLock: return nil
        }
    }

    private var again: String {
        "attempt \(attempt)" + (holder.map { ", after \(Wording.holder($0))" } ?? "")
    }
}
