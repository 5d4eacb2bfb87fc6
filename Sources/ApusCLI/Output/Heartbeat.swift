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

    func beat(_ line: @autoclosure () -> String) {
        if console.drawsProgress { return console.progress("  ◐ \(line())") }
        let isDue = last.withLock { last in
            guard ContinuousClock.now - last >= .seconds(10) else { return false }
            last = .now
            return true
        }
        if isDue { console.note("  … \(line())") }
    }

    /// What is worth a beat of what happens in a step.
    func beat(_ event: StepEvent, of title: String) {
        if let line = step.withLock({ $0.line(for: event) }) { beat("\(title): \(line)") }
    }
}

/// What a line says of a step that goes on: where it was ended by a lock timeout and begins again, also
/// how often, and who was in the way.
struct StepBeat: Sendable {
    private var attempt = 1
    private var holder: LockHolder?

    /// `nil` for what is not worth a line.
    mutating func line(for event: StepEvent) -> String? {
        switch event {
        case .statementStarted(let index, let count):
            return "statement \(index + 1) of \(count)" + (attempt > 1 ? ", \(again)" : "")
        case .progress(let phase, let fraction):
            let bar = fraction.map { " \(Wording.bar($0)) \(Int($0 * 100)) %" } ?? ""
            return "\(phase)\(bar)"
        case .waitingForLock(let found, let waited):
            holder = found
            return "waiting \(Wording.duration(waited)) for \(Wording.holder(found))"
        case .retrying(let failed, let pause):
            attempt = failed + 1
            return "lock timeout: in \(Wording.duration(pause)) \(again)"
        case .batch(let progress): return Wording.progress(progress)
        case .throttled(let reason): return "the next batch waits: \(reason)"
        case .statementFinished:
            self = StepBeat()
            return nil
        case .droppedInvalidIndex, .notice, .waitedForLock: return nil
        }
    }

    private var again: String {
        "attempt \(attempt)" + (holder.map { ", after \(Wording.holder($0))" } ?? "")
    }
}
