import ApusCore
import ApusEngine

/// When a step began and how long it has been going on.
struct StepStopwatch: Sendable {
    let step: Step
    let startedAt: Timestamp
    private let start = ContinuousClock.now

    init(_ step: Step) {
        self.step = step
        startedAt = Timestamp(
            microseconds: Timestamp.now.microseconds - step.elapsedBefore.microseconds)
    }

    var elapsed: Duration { ContinuousClock.now - start + step.elapsedBefore }

    func outcome(_ status: StepOutcome.Status, statementsRun: Int) -> StepOutcome {
        StepOutcome(
            id: step.id, direction: step.direction, action: step.action, status: status,
            startedAt: startedAt, duration: elapsed, statementsRun: statementsRun)
    }
}
