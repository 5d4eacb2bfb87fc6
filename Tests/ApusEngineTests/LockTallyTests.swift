import ApusCore
import Testing

@testable import ApusEngine

@Suite struct LockTallyTests {
    private let one = MigrationID("20250101_000000_1.0.0_x")!
    private let two = MigrationID("20250102_000000_1.1.0_y")!

    @Test func `waits and retries are added up by step, with who was seen last`() {
        let tally = LockTally()
        let psql = LockHolder(
            processID: 7, user: "ana", application: "psql", state: "idle in transaction")
        tally.take(.waitingForLock(psql, waited: .seconds(1)), of: one, .up)
        tally.take(.waitedForLock(psql, .seconds(2)), of: one, .up)
        tally.take(.retrying(attempt: 1, after: .seconds(9)), of: one, .up)
        tally.take(.waitedForLock(nil, .seconds(0.5)), of: one, .up)
        tally.take(.statementStarted(index: 0, of: 1), of: two, .down)
        #expect(
            tally.locks == [
                StepLocks(
                    migration: one, direction: .up, waited: .seconds(2.5), retries: 1,
                    holder: "pid 7 (ana, psql, idle in transaction)")
            ])
    }

    @Test func `what was held is kept beside what was waited for`() {
        let tally = LockTally()
        let lock = MeasuredLock(
            relation: "public.guests", mode: .share, statement: 0, held: .seconds(1))
        tally.take(.retrying(attempt: 1, after: .zero), of: one, .up)
        tally.take(
            StepOutcome(
                id: one, direction: .up, action: .run, status: .done,
                startedAt: Timestamp(microseconds: 0), duration: .zero, statementsRun: 1,
                locks: [lock]))
        #expect(
            tally.locks == [
                StepLocks(migration: one, direction: .up, retries: 1, held: [lock])
            ])
    }

    @Test func `a holder is named by what is known of it`() {
        #expect(LockHolder(processID: 7).name == "pid 7")
        #expect(LockHolder(user: "ana", state: "").name == "ana")
        #expect(LockHolder().name == nil)
    }
}
