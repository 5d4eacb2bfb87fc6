import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    func auditIsKept() async throws {
        try await withLock { session in
            let error = await #expect(throws: DatabaseError.self) {
                _ = try await session.recordIntent(
                    AuditIntent(person: "ana", action: "migrate", subject: "x"))
            }
            #expect(error?.code == .auditUnavailable)
            try await session.prepareRegistry()
        }
        try await withSession { session in
            let first = try await session.recordIntent(
                AuditIntent(
                    person: "ana", address: "10.0.0.1", action: "migrate", subject: "‘all’ of it",
                    key: "k1"))
            let second = try await session.recordIntent(
                AuditIntent(person: "olga", action: "backup", subject: "it"))
            try await session.recordOutcome(of: first, "done", run: RunID(7))
            let entries = try await session.audit(limit: 10, before: nil)
            #expect(entries.map(\.id) == [second, first])
            let done = try #require(entries.last)
            #expect(done.person == "ana" && done.address == "10.0.0.1")
            #expect(done.action == "migrate" && done.subject == "‘all’ of it")
            #expect(done.outcome == "done" && done.run == RunID(7))
            #expect(entries.first?.outcome == nil && entries.first?.address == nil)
            #expect(try await session.audit(limit: 10, before: second).map(\.id) == [first])
            #expect(try await session.audited(key: "k1")?.id == first)
            #expect(try await session.audited(key: "k2") == nil)
        }
    }

    func auditKeyIsUsedOnce() async throws {
        try await withLock { try await $0.prepareRegistry() }
        try await withSession { session in
            let intent = AuditIntent(person: "ana", action: "migrate", subject: "x", key: "k")
            _ = try await session.recordIntent(intent)
            let error = await #expect(throws: DatabaseError.self) {
                _ = try await session.recordIntent(intent)
            }
            #expect(error?.code == .requestRepeated)
            #expect(try await session.audit(limit: 10, before: nil).count == 1)
        }
    }

    func activityTellsOfTheLock() async throws {
        try await withSession { watcher in
            #expect(try await watcher.activity() == nil)
            try await withLock { session in
                try await session.prepareRegistry()
                _ = try await session.beginRun(Self.runStart())
                let activity = try #require(try await watcher.activity())
                #expect(activity.processID != nil)
                #expect(activity.blockers.isEmpty)
            }
            #expect(try await watcher.activity() == nil)
        }
    }

    func plannedStepsAreKept() async throws {
        let steps = [
            PlannedStep(migration: try things().id, direction: .up, action: .run, statements: 2)
        ]
        try await withLock { session in
            try await session.prepareRegistry()
            var start = Self.runStart()
            start.plan = steps
            let run = try await session.beginRun(start)
            let record = try #require(try await session.run(run))
            #expect(record.plan == steps)
            #expect(try await session.runs(limit: 1).first?.plan == nil)
            #expect(record.planDigest == start.planDigest)
            try await session.endRun(run, RunEnd(status: .succeeded))
        }
    }

    func journalOfAMigrationIsRead() async throws {
        let good = try things()
        let run = try await withRun { session, run in
            try await succeed(good.upStep(), session, run)
            return run
        }
        try await withSession { session in
            let attempts = try await session.journal(of: good.id, limit: 10)
            #expect(attempts.map(\.run) == [run])
            #expect(attempts.map(\.entry.status) == [.done])
        }
    }
}
