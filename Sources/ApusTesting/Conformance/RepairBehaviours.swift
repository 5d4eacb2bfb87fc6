import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    func editIsAccepted() async throws {
        let migration = try things()
        let edited = try self.migration(
            "1.0.0", up: "CREATE TABLE things (id integer);", down: "SELECT 1;",
            directive: "minimum-application 2.0.0")
        let first = try await withRun { session, run in
            try await succeed(migration.upStep(), session, run)
            return run
        }
        let before = try #require(try await history().applied.first)
        let repair = try await withRun { session, run in
            try await succeed(edited.upStep(action: .accept), session, run)
            return run
        }
        let after = try #require(try await history().applied.first)
        #expect(try await history().applied.count == 1)
        #expect(after.checksum == edited.checksum)
        #expect(after.upMeaning == edited.up.meaning)
        #expect(after.downMeaning == edited.down?.meaning)
        #expect(after.text == .whole(edited.source.bytes(0..<edited.source.count)))
        #expect(after.minimumApplication == SemanticVersion(2, 0, 0))
        // Who applied it when, and in which run, stays.
        #expect(after.run == first && repair != first)
        #expect(after.appliedAt == before.appliedAt)
        #expect(after.appliedBy == before.appliedBy)
        #expect(after.duration == before.duration)
        #expect(after.isBaseline == before.isBaseline)
        try await expect("SELECT count(*) FROM things", gives: "2")
        let entry = try await withSession { try await $0.run(repair)?.journal.first }
        #expect(entry?.status == .done)
        #expect(entry?.statementsDone == 0)
        #expect(entry?.message?.contains(edited.checksum.short) == true)

        // From a text that was kept whole to one of which the down section is kept.
        var large = edited.upStep(action: .accept)
        large.record?.text = .down(Array("SELECT 2;".utf8), transaction: .none)
        let step = large
        try await withRun { session, run in try await succeed(step, session, run) }
        #expect(
            try await history().applied.first?.text
                == .down(Array("SELECT 2;".utf8), transaction: .none))
    }

    func markedAppliedRunsNothing() async throws {
        let migration = try threeStatements()
        let stopped = try await withRun { session, run in
            _ = try await stopMidway(session, run)
            return run
        }
        try await withRun { session, run in
            try await succeed(migration.upStep(action: .record), session, run)
        }
        let history = try await history()
        #expect(history.applied.map(\.id) == [migration.id])
        #expect(history.applied.first?.isBaseline == true)
        #expect(history.unfinished.isEmpty)
        try await expectTable("more", isThere: false)
        let journal = try await withSession { try await $0.run(stopped)?.journal }
        #expect(journal?.map(\.status) == [.settled])
    }

    func markedRevertedRunsNothing() async throws {
        let migration = try things()
        try await withRun { session, run in
            try await succeed(migration.upStep(), session, run)
            try await succeed(migration.revertedStep(), session, run)
        }
        #expect(try await history().applied.isEmpty)
        try await expect("SELECT count(*) FROM things", gives: "2")
    }

    func repairsAreFenced() async throws {
        let migration = try things()
        try await withRun { session, run in
            var settling = migration.upStep(action: .settle)
            settling.record = nil
            for step in [migration.upStep(action: .accept), settling, migration.revertedStep()] {
                let outcome = try await perform(step, session, run)
                #expect(outcome.failure?.effect == .unchanged, "\(step.action)")
            }
            try await succeed(migration.upStep(), session, run)
            let twice = try await perform(migration.upStep(action: .record), session, run)
            #expect(twice.failure?.effect == .unchanged)
        }
        #expect(try await history().applied.count == 1)
        #expect(try await history().applied.first?.isBaseline == false)
    }

    func openRunsAreKnown() async throws {
        let abandoned = try await withLock { session in
            try await session.prepareRegistry()
            return try await session.beginRun(Self.runStart())
        }
        #expect(try await history().openRuns == [abandoned])
        try await withRun { session, run in
            let open = try await session.history().openRuns
            #expect(open == [run])
        }
        #expect(try await history().openRuns.isEmpty)
    }
}
