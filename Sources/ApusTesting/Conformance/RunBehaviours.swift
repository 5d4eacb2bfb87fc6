import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    func runsAreListed() async throws {
        try await withLock { session in
            try await session.prepareRegistry()
            for kind in [RunKind.migrate, .rollback, .baseline] {
                let run = try await session.beginRun(
                    Self.runStart(kind, summary: "A \(kind) – ‘ü’"))
                let end =
                    kind == .rollback
                    ? RunEnd(
                        status: .failed, failureCode: .statementFailed, failureMessage: "no: \"x\"")
                    : RunEnd(status: .succeeded)
                try await session.endRun(run, end)
            }
        }
        try await withSession { session in
            let runs = try await session.runs(limit: 2)
            #expect(runs.map(\.kind) == ["baseline", "rollback"])
            #expect(runs.map(\.status) == [.succeeded, .failed])
            let failed = try #require(runs.last)
            #expect(failed.summary == "A rollback – ‘ü’")
            #expect(failed.failureCode == "statement-failed")
            #expect(failed.failureMessage == "no: \"x\"")
            #expect(failed.from == nil && failed.to == SemanticVersion(1, 0, 0))
            #expect(failed.startedBy == "ana@laptop")
            #expect(failed.toolVersion == "0.0.0-test")
            #expect(!failed.databaseUser.isEmpty)
            #expect(failed.backupName == nil)
            #expect(failed.endedAt.map { $0 >= failed.startedAt } == true)
            #expect(try await session.run(failed.id)?.kind == "rollback")
            #expect(try await session.run(RunID(999)) == nil)
        }
    }

    func journalTellsOfFailures() async throws {
        let good = try things()
        let bad = try migration("1.1.0", up: "SELECT 1;\nSELECT no_such_column;")
        let run = try await withRun { session, run in
            try await succeed(good.upStep(), session, run)
            try await perform(bad.upStep(), session, run)
            return run
        }
        let record = try #require(try await withSession { try await $0.run(run) })
        #expect(record.journal.map(\.migration) == [good.id, bad.id])
        #expect(record.journal.map(\.direction) == [.up, .up])
        #expect(record.journal.map(\.status) == [.done, .failed])
        #expect(record.journal.map(\.statementCount) == [2, 2])
        #expect(record.journal.first?.statementsDone == 2)
        #expect(record.journal.allSatisfy { $0.duration != nil })
        #expect(record.journal.last?.message?.contains("no_such_column") == true)
    }

    func stepLocksAreKept() async throws {
        let one = try things()
        let other = try migration("1.1.0", up: "SELECT 1;")
        let locks = [
            StepLocks(
                migration: one.id, direction: .up, waited: .milliseconds(1234), retries: 2,
                holder: "pid 4121 (ana’s \"psql\")",
                held: [
                    MeasuredLock(
                        relation: "public.guests", mode: .accessExclusive, statement: 1,
                        held: .microseconds(56), isRewrite: true),
                    MeasuredLock(
                        relation: "public.rooms", mode: .share, statement: 0, held: .seconds(7),
                        isScan: true),
                ]),
            StepLocks(migration: other.id, direction: .down, retries: 1),
        ]
        let run = try await withLock { session in
            try await session.prepareRegistry()
            let run = try await session.beginRun(Self.runStart())
            try await session.endRun(run, RunEnd(status: .failed, locks: locks))
            return run
        }
        let silent = try await withRun { _, run in run }
        let (kept, none) = try await withSession { session in
            (try await session.run(run)?.locks, try await session.run(silent)?.locks)
        }
        #expect(kept == locks)
        #expect(none == [])
        let listed = try await withSession { try await $0.runs(limit: 9) }
        #expect(listed.map(\.locks) == [[], []])
        let measured = try await withSession { try await $0.measurements() }
        let waits = locks.map { step in
            Measurements.LockWait(
                run: run, migration: step.migration, direction: step.direction,
                waited: step.waited, retries: step.retries, holder: step.holder)
        }
        #expect(measured.lockWaits == waits)
    }

    func openRunsAreClosed() async throws {
        let abandoned = try await withLock { session in
            try await session.prepareRegistry()
            return try await session.beginRun(Self.runStart())
        }
        let open = try await withSession { try await $0.run(abandoned) }
        #expect(open?.status == .running)
        try await withRun { session, run in
            #expect(run > abandoned)
            let record = try await session.run(abandoned)
            #expect(record?.status == .interrupted)
            #expect(record?.endedAt != nil)
            #expect(try await session.run(run)?.status == .running)
        }
    }

    func backupIsNoted() async throws {
        let backup = BackupRecord(
            name: "20250115T103000Z_run-1.dump", path: "backups/ü.dump", bytes: 1 << 40,
            checksum: Checksum(of: "backup"), takenAt: .now, duration: .milliseconds(1234),
            version: SemanticVersion(1, 0, 0))
        let run = try await withRun { session, run in
            try await session.recordBackup(backup, in: run)
            var another = backup
            another.name = "another.dump"
            try await session.recordBackup(another, in: nil)
            return run
        }
        let record = try await withSession { try await $0.run(run) }
        #expect(record?.backupName == backup.name)
        let listed = try await withSession { try await $0.runs(limit: 1) }
        #expect(listed.first?.backupName == backup.name)
    }
}
