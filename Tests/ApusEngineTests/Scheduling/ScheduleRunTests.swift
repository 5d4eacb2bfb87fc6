import ApusCore
import Foundation
import Synchronization
import Testing

@testable import ApusEngine

/// A clock that stands until it is set on.
private final class SetClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ time: Timestamp) { self.time = Mutex(time) }

    var now: Timestamp { time.withLock(\.self) }

    func pass(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

@Suite("What is scheduled is run at its time")
struct ScheduleRunTests {
    private let work: Workplace
    private let clock = SetClock(Timestamp(microseconds: 1_800_000_000_000_000))

    init() throws { work = try Workplace() }

    private func migrator(_ change: (inout Migrator) -> Void = { _ in }) -> Migrator {
        work.migrator {
            $0.now = { [clock] in clock.now }
            change(&$0)
        }
    }

    private func inTwoHours() throws -> ScheduleTime {
        try ScheduleTime.at("+2h", now: clock.now)
    }

    private func version() async throws -> String? {
        try await migrator().state().version?.description
    }

    @Test func `a scheduled migration waits for its time, and is run once`() async throws {
        try work.migration("1.0.0 users")
        let entry = try #require(
            try await migrator().schedule(.latest, at: try inTwoHours()))
        #expect(try await migrator().runDue().isEmpty)
        #expect(try await version() == nil)
        clock.pass(.seconds(7200))
        let outcomes = try await migrator().runDue()
        #expect(outcomes.map { $0.report?.run } == [RunID(1)])
        #expect(try await version() == "1.0.0")
        let done = try await migrator().scheduled(entry.id)
        #expect(done.state == .done && done.run == RunID(1) && done.endedAt != nil)
        let run = try await migrator().run(RunID(1))
        #expect(run.startedBy == "ana@laptop for ana@laptop")
        #expect(try await migrator().runDue().isEmpty)
    }

    @Test func `a migration that is added later does not change what was scheduled`() async throws {
        try work.migration("1.0.0 users")
        _ = try await migrator().schedule(.latest, at: try inTwoHours())
        try work.migration("1.1.0 guests")
        clock.pass(.seconds(7200))
        _ = try await migrator().runDue()
        #expect(try await version() == "1.0.0")
    }

    @Test func `what would be another plan at the time is not run, and says so`() async throws {
        try work.migration("1.0.0 users")
        let entry = try #require(
            try await migrator().schedule(.latest, at: try inTwoHours()))
        try work.migration("1.0.0 users", up: "CREATE TABLE others (a INTEGER);")
        clock.pass(.seconds(7200))
        let outcomes = try await migrator().runDue()
        #expect(outcomes.map { $0.problem?.code } == [.planChanged])
        #expect(try await version() == nil)
        let changed = try await migrator().scheduled(entry.id)
        #expect(changed.state == .changed)
        #expect(changed.message?.contains("it would be now: Applies") == true)
    }

    @Test func `what nobody ran in its time is reported once, and never run`() async throws {
        try work.migration("1.0.0 users")
        let entry = try #require(
            try await migrator().schedule(.latest, at: try inTwoHours()))
        clock.pass(.seconds(7200 + 15 * 60 + 1))
        let outcomes = try await migrator().runDue()
        #expect(outcomes.map { $0.problem?.code } == [.scheduleMissed])
        #expect(try await migrator().scheduled(entry.id).state == .missed)
        #expect(try await migrator().runDue().isEmpty)
        #expect(try await version() == nil)
        let settled = try await migrator().cancelScheduled(entry.id)
        #expect(settled.state == .cancelled)
    }

    @Test func `a scheduled rollback undoes what was agreed to`() async throws {
        try work.migration("1.0.0 users")
        try work.migration("1.1.0 guests")
        try await migrator().migrate()
        _ = try await migrator().schedule(
            .undo(SemanticVersion(1, 1, 0), cascade: false), at: try inTwoHours())
        clock.pass(.seconds(7200))
        _ = try await migrator().runDue()
        #expect(try await version() == "1.0.0")
    }

    @Test func `overlapping schedules are refused, and nothing is written`() async throws {
        try work.migration("1.0.0 users")
        try await migrator().migrate()
        try work.migration("1.1.0 guests")
        _ = try await migrator().schedule(.latest, at: try inTwoHours())
        let error = await #expect(throws: Diagnostics.self) {
            _ = try await migrator().schedule(
                .undo(SemanticVersion(1, 0, 0), cascade: false),
                at: try ScheduleTime.at("+125min", now: clock.now))
        }
        #expect(error?.all.map(\.code) == [.scheduleOverlap])
        #expect(try await migrator().schedule().count == 1)
        _ = try await migrator().cancelScheduled(ScheduleID(1))
        _ = try await migrator().schedule(
            .undo(SemanticVersion(1, 0, 0), cascade: false),
            at: try ScheduleTime.at("+125min", now: clock.now))
    }

    @Test func `what cannot be planned is not scheduled`() async throws {
        try work.migration("1.0.0 users", "irreversible data is gone", down: "")
        try await migrator().migrate()
        let error = await #expect(throws: Diagnostics.self) {
            _ = try await migrator().schedule(
                .undo(SemanticVersion(1, 0, 0), cascade: false), at: try inTwoHours())
        }
        #expect(error?.all.first?.code == .irreversible)
        #expect(try await migrator().schedule().isEmpty)
        #expect(try await migrator().schedule(.latest, at: try inTwoHours()) == nil)
    }

    @Test func `of many executors at once one runs what is due`() async throws {
        try work.migration(
            "1.0.0 users", up: "CREATE TABLE users (a); INSERT INTO users VALUES (1);")
        _ = try await migrator().schedule(.latest, at: try inTwoHours())
        clock.pass(.seconds(7200))
        let migrator = migrator()
        let reports = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { try await migrator.runDue().count { $0.report?.run != nil } }
            }
            return try await group.reduce(0, +)
        }
        #expect(reports == 1)
        #expect(try await migrator.runs().count == 1)
    }

    @Test func `a run that fails leaves its entry failed, with the reason`() async throws {
        try work.migration("1.0.0 users", up: "CREATE TABLE users (a INTEGER); SELECT nothing;")
        let entry = try #require(
            try await migrator().schedule(.latest, at: try inTwoHours()))
        clock.pass(.seconds(7200))
        let outcomes = try await migrator().runDue()
        #expect(outcomes.map { $0.problem?.code } == [.statementFailed])
        let failed = try await migrator().scheduled(entry.id)
        #expect(failed.state == .failed && failed.run == RunID(1))
        #expect(failed.message?.contains("nothing") == true)
    }

    @Test(arguments: [
        (RunStatus.succeeded, ScheduleEntry.Kind.migrate, ScheduleEntry.State.done),
        (.failed, .migrate, .failed), (.interrupted, .migrate, .failed),
        (.running, .rollback, .failed), (.running, .revert, .waiting),
        (.interrupted, .revert, .waiting), (.succeeded, .revert, .done),
        (.failed, .revert, .failed),
    ])
    func `what a dead executor left is settled by what its run came to`(
        _ status: RunStatus, _ kind: ScheduleEntry.Kind, _ state: ScheduleEntry.State
    ) {
        let entry = ScheduleEntry(
            id: ScheduleID(1),
            draft: .init(
                kind: kind, goal: "{}", summary: "", planDigest: Checksum(of: ""),
                notBefore: clock.now, notAfter: clock.now, said: "", createdBy: ""),
            createdAt: clock.now, state: .running, run: RunID(3))
        let run = RunRecord(
            id: RunID(3), kind: "migrate", status: status, summary: "", from: nil, to: nil,
            startedAt: clock.now, endedAt: nil, startedBy: "", databaseUser: "", toolVersion: "",
            failureCode: nil, failureMessage: nil, backupName: nil)
        #expect(Migrator.settlement(of: entry, run).to == state)
        #expect(Migrator.settlement(of: entry, nil).to == .waiting)
    }

    // MARK: Confirm or revert

    private func revertible(_ patience: Duration = .seconds(1800)) -> Migrator {
        migrator { $0.options.revert = RevertTerms(patience: patience) }
    }

    @Test func `a run that is not confirmed is taken back, and one that is stays`() async throws {
        try work.migration("1.0.0 users")
        try await migrator().migrate()
        try work.migration("1.1.0 guests")
        try work.migration("1.2.0 stays")
        let first = try await revertible().migrate()
        let entry = try await migrator().scheduled(try #require(first.revert))
        #expect(entry.state == .waiting && entry.draft.reverts == first.run)
        #expect(entry.draft.summary.hasPrefix("Undoes 1.2.0"))
        clock.pass(.seconds(1799))
        #expect(try await migrator().runDue().isEmpty)
        clock.pass(.seconds(1))
        #expect(try await migrator().runDue().count == 1)
        #expect(try await version() == "1.0.0")
        #expect(try await migrator().scheduled(entry.id).state == .done)

        let second = try await revertible().migrate()
        let confirmed = try await migrator().confirm(try #require(second.run))
        #expect(confirmed.state == .confirmed && confirmed.message == "confirmed by ana@laptop")
        clock.pass(.seconds(7200))
        #expect(try await migrator().runDue().isEmpty)
        #expect(try await version() == "1.2.0")
        let error = await #expect(throws: Diagnostics.self) {
            _ = try await migrator().confirm(try #require(first.run))
        }
        #expect(error?.all.first?.code == .scheduleSettled)
    }

    @Test func `what cannot be undone is refused before anything is run`() async throws {
        try work.migration("1.0.0 users")
        try work.migration("1.1.0 guests", "irreversible data is gone", down: "")
        let error = await #expect(throws: Diagnostics.self) { try await revertible().migrate() }
        #expect(error?.all.first?.code == .irreversible)
        #expect(error?.all.first?.state == "nothing was run.")
        #expect(try await version() == nil)
        #expect(try await migrator().runs().isEmpty)
    }

    @Test func `what was applied since is not taken back with it`() async throws {
        try work.migration("1.0.0 users")
        let report = try await revertible().migrate()
        try work.migration("1.1.0 guests")
        try await migrator().migrate()
        clock.pass(.seconds(1800))
        #expect(try await migrator().runDue().map { $0.problem?.code } == [.planChanged])
        #expect(try await version() == "1.1.0")
        let entry = try await migrator().scheduled(try #require(report.revert))
        #expect(entry.state == .changed)
        #expect(entry.message?.contains("1.1.0 guests was applied after run 1") == true)
    }

    @Test func `of a run that failed midway the part that stayed is taken back`() async throws {
        try work.migration("1.0.0 users")
        try await migrator().migrate()
        try work.migration("1.1.0 guests")
        try work.migration("1.2.0 broken", up: "SELECT nothing;")
        let report = try await revertible().migrate()
        #expect(report.failure?.code == .statementFailed)
        #expect(try await version() == "1.1.0")
        clock.pass(.seconds(1800))
        #expect(try await migrator().runDue().count == 1)
        #expect(try await version() == "1.0.0")
    }

    @Test func `a run that applied nothing waits for nothing`() async throws {
        try work.migration("1.0.0 broken", up: "SELECT nothing;")
        let report = try await revertible().migrate()
        let entry = try await migrator().scheduled(try #require(report.revert))
        #expect(entry.state == .cancelled && entry.message == "the run applied nothing")
    }

    @Test func `a day after its time nobody takes a run back`() async throws {
        try work.migration("1.0.0 users")
        _ = try await revertible().migrate()
        clock.pass(.seconds(1800 + 86_401))
        #expect(try await migrator().runDue().map { $0.problem?.code } == [.scheduleMissed])
        #expect(try await version() == "1.0.0")
    }

    @Test func `a health command that fails takes the run back at once`() async throws {
        try work.migration("1.0.0 users")
        let report = try await revertible().migrate()
        let end = try await migrator().awaitConfirmation(
            of: try #require(report.revert),
            health: HealthCommand("echo unwell >&2; exit 3", every: .milliseconds(20)))
        guard case .reverted(_, let why) = end else {
            Issue.record("\(end)")
            return
        }
        #expect(why == "the health command ended with 3: unwell")
        #expect(try await version() == nil)
    }

    @Test func `whoever waits sees that somebody else confirmed`() async throws {
        try work.migration("1.0.0 users")
        let report = try await revertible().migrate()
        let migrator = migrator()
        let isConfirmed = Mutex(false)
        let end = try await migrator.awaitConfirmation(
            of: try #require(report.revert), health: HealthCommand("true"),
            progress: { _, left in
                #expect(left == .seconds(1800))
                let isFirst = isConfirmed.withLock { done in
                    defer { done = true }
                    return !done
                }
                if isFirst { Task { try await migrator.confirm(RunID(1)) } }
            })
        guard case .confirmed = end else {
            Issue.record("\(end)")
            return
        }
        #expect(try await version() == "1.0.0")
    }
}
