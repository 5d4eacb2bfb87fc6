import ApusCore
import ApusEngine

/// Steps that are taken one behind the other, each in its own transaction, and what the server has
/// answered to them so far.
///
/// They may all be sent before the first is answered. The server takes them in their order, and skips
/// everything behind the first error: so whatever answer comes belongs to the first step that is not
/// over yet.
final class Formation {
    private var works: [StepWork]
    private let tell: (StretchEvent) -> Void
    /// How the first steps ended; at most the last one of them failed.
    private(set) var outcomes: [StepOutcome] = []
    /// What is known of the steps that were sent and are not over.
    private var answers: [Int: StepAnswers] = [:]
    /// How many steps were told of as begun.
    private var begun = 0
    /// Whether a step is committed, and the session not seen to be ready for the next one.
    private(set) var isBetweenSteps = false
    /// What the server answered to a COMMIT that it did not do.
    private(set) var refusal: String?
    /// What the server said of the session behind the last step.
    private(set) var inspection: Rows?

    private var trustsDefinitions = false

    init(_ works: [StepWork], tell: @escaping (StretchEvent) -> Void) {
        self.works = works
        self.tell = tell
    }

    var count: Int { works.count }

    /// The first step that is not over.
    var next: Int { outcomes.count }

    /// Whether the session need not be made clean behind a step.
    func isQuiet(_ index: Int) -> Bool { trustsDefinitions && works[index].isQuiet }

    /// That step; the last one where all are over.
    var current: StepWork { works[min(next, count - 1)] }

    /// What is known of the first step that is not over, where it was sent.
    var currentAnswers: StepAnswers? { answers[next] }

    /// How many steps are not over whose COMMIT was sent.
    var commitsSent: Int { answers.values.count { $0.commitWasSent } }

    /// How long the shortest wait for a lock may be; zero: without limit.
    var shortestLockTimeout: Duration {
        works.lazy.map(\.lockTimeout).filter { $0 > .zero }.min() ?? .zero
    }

    // MARK: Sending

    /// Forgets what was sent and came to nothing, before it is sent again.
    ///
    /// - Parameter trustsDefinitions: Whether there are no event triggers.
    func takeOff(trustsDefinitions: Bool) {
        self.trustsDefinitions = trustsDefinitions
        answers = [:]
        isBetweenSteps = false
        inspection = nil
    }

    /// A step is sent; whether the server may still be working at those before it.
    func send(_ index: Int) -> StepAnswers {
        if isBetweenSteps, index == next, index > 0, isQuiet(index - 1) { isBetweenSteps = false }
        works[index].isAhead = !answers.isEmpty || isBetweenSteps
        let sent = StepAnswers(works[index])
        answers[index] = sent
        if !works[index].isAhead { begin(index) }
        return sent
    }

    // MARK: Answers

    func take(_ command: StepCommand, _ rows: Rows) {
        switch command {
        case .turn: takeTurn()
        case .inspection:
            failpoint("postgres.step.cleaned")
            inspection = rows
        case .gate, .cleaning: break
        case .commit:
            // Behind one that was refused nothing can be told apart any more.
            guard refusal == nil, let answers = answers[next] else { return }
            answers.take(command, rows)
            guard answers.commitTag == "COMMIT" else {
                refusal = answers.commitTag ?? "nothing"
                return
            }
            let isQuiet = isQuiet(next)
            isBetweenSteps = true
            finish(locks: answers.locks)
            if isQuiet, self.answers[next] != nil { takeTurn() }
        default: answers[next]?.take(command, rows)
        }
    }

    /// The session is clean, and the lock ours.
    private func takeTurn() {
        failpoint("postgres.step.cleaned")
        isBetweenSteps = false
        if answers[next] != nil { begin(next) }
    }

    private func begin(_ index: Int) {
        announce(index)
        answers[index]?.begin(works[index])
    }

    private func announce(_ index: Int) {
        guard index >= begun else { return }
        begun = index + 1
        works[index].beginNow()
        tell(.started(index))
    }

    // MARK: Ends

    /// The first step that is not over is committed.
    func finish(locks: [MeasuredLock]? = nil) {
        let step = works[next].step
        let ran = step.action == .run ? step.script.statementCount - step.firstStatement : 0
        end(.done, statementsRun: ran, locks: locks)
    }

    /// The first step that is not over has failed.
    func fail(_ failure: StepFailure) {
        end(.failed(failure), statementsRun: answers[next]?.statementsRun ?? 0)
    }

    private func end(
        _ status: StepOutcome.Status, statementsRun: Int, locks: [MeasuredLock]? = nil
    ) {
        let index = next
        announce(index)
        answers[index] = nil
        works[index].watch.endWait()
        let outcome = works[index].outcome(status, statementsRun: statementsRun, locks: locks)
        outcomes.append(outcome)
        tell(.finished(index, outcome))
    }
}
