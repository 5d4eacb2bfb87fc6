import ApusCore
import Testing

@testable import ApusEngine

@Suite struct RehearsalGateTests {
    private static let now = Timestamp(microseconds: 1_736_937_000_000_000)
    private let gate = RehearsalGate(maximumAge: .seconds(7 * 86_400))

    /// Plans over three migrations, made by the planner.
    private struct Files {
        let migrations: [Migration]

        init() throws {
            let work = try Workplace()
            try work.migration("1.0.0 users")
            try work.migration("1.1.0 rooms")
            try work.migration("1.2.0 trips")
            migrations = try work.folder.read()
        }

        func history(_ count: Int) -> History {
            History(
                registry: .present(version: 4),
                applied: migrations.prefix(count).map { migration in
                    AppliedMigration(
                        id: migration.id, checksum: migration.checksum,
                        upMeaning: migration.up.meaning, downMeaning: migration.down?.meaning,
                        text: .whole(migration.source.bytes(0..<migration.source.count)),
                        dependencies: nil, minimumApplication: nil, irreversibleReason: nil,
                        appliedAt: RehearsalGateTests.now, appliedBy: "ana", duration: .zero,
                        run: RunID(1), isBaseline: false)
                })
        }

        func plan(_ goal: Goal, having count: Int) throws -> Plan {
            try Planner.plan(
                goal,
                for: PlanInput(
                    migrations: migrations, history: history(count), dialect: .sqlite))
        }

        /// What a rehearsal of everything behind the first `count` migrations keeps.
        func way(from count: Int) throws -> RehearsedWay {
            let plan = try plan(.latest, having: count)
            var way = RehearsedWay(from: plan.from)
            for (index, step) in plan.steps.enumerated() {
                let down = try self.plan(.undoLast(1), having: count + index + 1).steps[0]
                way.append(
                    .init(up: step.rehearsalDigest, down: down.rehearsalDigest), to: step.id.version
                )
            }
            return way
        }
    }

    private func record(_ way: RehearsedWay, age: Duration) -> RehearsalRecord {
        RehearsalRecord(
            passedAt: Self.now, passedBy: "ana@laptop", toolVersion: "0", backup: "b.sqlite",
            backupTakenAt: Timestamp(
                microseconds: Self.now.microseconds - age.microseconds),
            planDigest: Checksum(of: ""), from: nil, to: nil, way: way)
    }

    @Test func `the rehearsed plan, its stretches and the way back are covered`() throws {
        let files = try Files()
        let way = try files.way(from: 1)
        #expect(way.covers(try files.plan(.latest, having: 1)))
        #expect(way.covers(try files.plan(.upTo(version("1.1.0")), having: 1)))
        #expect(way.covers(try files.plan(.latest, having: 2)))
        #expect(way.covers(try files.plan(.undoLast(1), having: 3)))
        #expect(way.covers(try files.plan(.downTo(version("1.0.0")), having: 3)))
        #expect(way.covers(try files.plan(.undoLast(1), having: 2)))
    }

    @Test func `what lies before the start, or differs by one step, is not covered`() throws {
        let files = try Files()
        let way = try files.way(from: 1)
        #expect(!way.covers(try files.plan(.latest, having: 0)))
        #expect(!way.covers(try files.plan(.downTo(nil), having: 3)))
        var other = try files.plan(.latest, having: 1)
        other.steps[1].script.lockTimeout = .seconds(1)
        #expect(!way.covers(other))
        var skipping = try files.plan(.latest, having: 1)
        skipping.steps.removeFirst()
        #expect(!way.covers(skipping))
        var lower = try files.plan(.latest, having: 1)
        lower.from = nil
        #expect(!way.covers(lower))
    }

    @Test func `a step that is resumed counts as the whole one`() throws {
        let files = try Files()
        var plan = try files.plan(.latest, having: 1)
        plan.steps[0].firstStatement = 1
        #expect(try files.way(from: 1).covers(plan))
    }

    @Test func `a migration that could not be undone opens no way back`() throws {
        let files = try Files()
        var way = RehearsedWay(from: version("1.1.0"))
        let step = try files.plan(.latest, having: 2).steps[0]
        way.append(.init(up: step.rehearsalDigest, down: nil), to: version("1.2.0"))
        #expect(way.covers(try files.plan(.latest, having: 2)))
        #expect(!way.covers(try files.plan(.undoLast(1), having: 3)))
    }

    @Test func `a way comes back from its text, and no other text gives one`() throws {
        let way = try Files().way(from: 0)
        #expect(RehearsedWay(text: way.text) == way)
        let beginning = way.text.split(separator: "\n").dropLast().joined(separator: "\n")
        for text in ["", "apus-rehearsal 2\nlevel -", beginning, way.text + "\nmore"] {
            #expect(RehearsedWay(text: text) == nil, "\(text)")
        }
    }

    @Test func `the gate opens for a plan that was rehearsed with a backup of late`() throws {
        let files = try Files()
        let plan = try files.plan(.latest, having: 1)
        let fresh = record(try files.way(from: 1), age: .seconds(3600))
        let old = record(try files.way(from: 1), age: .seconds(8 * 86_400))
        func verdict(_ records: [RehearsalRecord], isEmpty: Bool = false)
            -> RehearsalGate.Verdict
        {
            gate.verdict(on: plan, records, isEmpty: isEmpty, now: Self.now)
        }
        #expect(verdict([old, fresh]) == .open(fresh, backupAge: .seconds(3600)))
        #expect(verdict([old]) == .closed(.outdated(old, backupAge: .seconds(8 * 86_400))))
        #expect(verdict([]) == .closed(.neverRehearsed))
        #expect(verdict([], isEmpty: true) == .unneeded)
    }

    @Test func `what finishes or corrects a broken state never waits for a rehearsal`() throws {
        let files = try Files()
        let baseline = try files.plan(.baseline(version("1.2.0")), having: 0)
        #expect(
            gate.verdict(on: baseline, [], isEmpty: false, now: Self.now) == .unneeded)
        var resumed = try files.plan(.latest, having: 2)
        resumed.steps[0].settles = UnfinishedStep(
            id: resumed.steps[0].id, direction: .up, run: RunID(1), statementsDone: 1,
            statementCount: 2, meaning: resumed.steps[0].script.meaning, startedAt: Self.now)
        #expect(gate.verdict(on: resumed, [], isEmpty: false, now: Self.now) == .unneeded)
    }
}
