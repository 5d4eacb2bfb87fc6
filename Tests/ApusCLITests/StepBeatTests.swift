import ApusCore
import ApusEngine
import Testing

@testable import ApusCLI

@Suite struct StepBeatTests {
    /// The lines of these events, one after the other.
    private func lines(_ events: StepEvent...) -> [String] {
        var beat = StepBeat()
        return events.compactMap {
            beat.take($0)
            return beat.line(for: $0)
        }
    }

    private let holder = LockHolder(processID: 4121, user: "guests", state: "active")

    @Test func `F24 a statement that a lock timeout ended says who was in the way`() {
        #expect(
            lines(
                .statementStarted(index: 0, of: 2),
                .waitingForLock(holder, waited: .milliseconds(150)),
                .waitedForLock(holder, .milliseconds(300)),
                .retrying(attempt: 1, after: .milliseconds(500)),
                .statementStarted(index: 0, of: 2)
            ) == [
                "statement 1 of 2", "waiting 0.15 s for pid 4121 (guests, active)",
                "lock timeout: in 0.50 s attempt 2, after pid 4121 (guests, active)",
                "statement 1 of 2, attempt 2, after pid 4121 (guests, active)",
            ])
    }

    @Test func `once a statement is through, nobody is in the way any more`() {
        #expect(
            lines(
                .retrying(attempt: 1, after: .seconds(1)),
                .statementFinished(index: 0, of: 2, duration: .zero, rows: nil),
                .statementStarted(index: 1, of: 2)
            ) == ["lock timeout: in 1.00 s attempt 2", "statement 2 of 2"])
    }
}
