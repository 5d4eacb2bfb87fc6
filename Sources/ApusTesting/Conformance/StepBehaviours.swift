import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    func upIsRecorded() async throws {
        let migration = try things()
        let run = try await withRun { session, run in
            let outcome = try await perform(migration.upStep(), session, run)
            #expect(outcome.failure == nil)
            #expect(outcome.id == migration.id)
            #expect(outcome.direction == .up)
            #expect(outcome.action == .run)
            #expect(outcome.statementsRun == 2)
            return run
        }
        let history = try await history()
        #expect(history.applied.map(\.id) == [migration.id])
        #expect(history.applied.first?.run == run)
        #expect(history.applied.first?.isBaseline == false)
        #expect(history.unfinished.isEmpty)
        try await expect("SELECT count(*) FROM things", gives: "2")
    }

    func downIsRecorded() async throws {
        let migration = try things()
        try await withRun { session, run in
            try await succeed(migration.upStep(), session, run)
            let outcome = try await perform(try migration.downStep(), session, run)
            #expect(outcome.failure == nil)
            #expect(outcome.direction == .down)
            #expect(outcome.statementsRun == 1)
        }
        #expect(try await history().applied.isEmpty)
        try await expectTable("things", isThere: false)
    }

    func statementsAreReported() async throws {
        let migration = try things()
        let events = Recorder<String>()
        try await withRun { session, run in
            let outcome = try await session.perform(
                migration.upStep(), in: run, options: StepOptions()
            ) {
                switch $0 {
                case .statementStarted(let index, let total):
                    events.record("start \(index) of \(total)")
                case .statementFinished(let index, let total, _, let rows):
                    events.record(
                        "end \(index) of \(total)\(index == 1 ? " with \(rows ?? -1) rows" : "")")
                default:
                    break
                }
            }
            #expect(outcome.failure == nil)
        }
        let rows = query == nil ? -1 : 2
        #expect(
            events.values == [
                "start 0 of 2", "end 0 of 2", "start 1 of 2", "end 1 of 2 with \(rows) rows",
            ])
    }

    func baselineRunsNothing() async throws {
        let migration = try things()
        try await withRun { session, run in
            let outcome = try await perform(migration.upStep(action: .record), session, run)
            #expect(outcome.failure == nil)
            #expect(outcome.action == .record)
            #expect(outcome.statementsRun == 0)
        }
        let applied = try #require(try await history().applied.first)
        #expect(applied.id == migration.id)
        #expect(applied.isBaseline)
        try await expectTable("things", isThere: false)
    }

    func baselineIsWhole() async throws {
        let (first, second) = (try things(), try migration("1.1.0", up: "SELECT 1;"))
        let steps = [first, second].map { $0.upStep(action: .record) }
        try await withRun { session, run in
            let twice = steps + [steps[0]]
            await #expect(throws: DatabaseError.self) { try await session.record(twice, in: run) }
            #expect(try await session.history().applied.isEmpty)
            let outcomes = try await session.record(steps, in: run)
            #expect(outcomes.map(\.id) == [first.id, second.id])
            #expect(outcomes.allSatisfy { $0.failure == nil && $0.statementsRun == 0 })
            #expect(try await session.run(run)?.journal.map(\.status) == [.done, .done])
        }
        let applied = try await history().applied
        #expect(applied.map(\.id) == [first.id, second.id])
        #expect(applied.map(\.isBaseline) == [true, true])
        try await expectTable("things", isThere: false)
    }

    /// Another process had the lock in between, which the lock should have made impossible: the
    /// history row is the second fence.
    func appliedTwiceIsFenced() async throws {
        let migration = try migration(
            "1.0.0", up: "CREATE TABLE IF NOT EXISTS things (id integer);")
        try await withRun { session, run in
            try await succeed(migration.upStep(), session, run)
            let outcome = try await perform(migration.upStep(), session, run)
            let failure = try #require(outcome.failure)
            #expect(failure.effect == .unchanged)
            #expect(failure.statementIndex == nil)
        }
        #expect(try await history().applied.count == 1)
    }

    func undoneTwiceIsFenced() async throws {
        let migration = try migration(
            "1.0.0", up: "CREATE TABLE things (id integer);", down: "DROP TABLE IF EXISTS things;")
        try await withRun { session, run in
            try await succeed(migration.upStep(), session, run)
            try await succeed(try migration.downStep(), session, run)
            let outcome = try await perform(try migration.downStep(), session, run)
            let failure = try #require(outcome.failure)
            #expect(failure.effect == .unchanged)
            #expect(failure.statementIndex == nil)
        }
        #expect(try await history().applied.isEmpty)
    }

    func sessionIsReset() async throws {
        let first = try migration("1.0.0", up: scripts.changeSession, down: "SELECT 1;")
        let second = try migration("1.1.0", up: scripts.failIfSessionWasChanged)
        try await withRun { session, run in
            try await succeed(first.upStep(), session, run)
            try await succeed(second.upStep(), session, run)
        }
        #expect(try await history().applied.map(\.id) == [first.id, second.id])
    }
}
