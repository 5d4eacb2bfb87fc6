import ApusEngine
import Synchronization

/// Says that something goes on, so that nobody has to wonder.
///
/// On a terminal a progress line is drawn over; otherwise there is a line every ten seconds at most.
final class Heartbeat: Sendable {
    private let console: Console
    private let last = Mutex<ContinuousClock.Instant>(.now)

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
        switch event {
        case .statementStarted(let index, let count):
            beat("\(title): statement \(index + 1) of \(count)")
        case .progress(let phase, let fraction):
            let bar = fraction.map { " \(Wording.bar($0)) \(Int($0 * 100)) %" } ?? ""
            beat("\(title): \(phase)\(bar)")
        case .waitingForLock(let holder, let waited):
            beat("\(title): waiting \(Wording.duration(waited)) for \(Wording.holder(holder))")
        case .retrying(let attempt, let pause):
            beat("\(title): lock timeout, attempt \(attempt + 1) in \(Wording.duration(pause))")
        case .batch(let progress): beat("\(title): \(Wording.progress(progress))")
        case .throttled(let reason): beat("\(title): the next batch waits: \(reason)")
        case .statementFinished, .droppedInvalidIndex, .notice, .waitedForLock: break
        }
    }
}
