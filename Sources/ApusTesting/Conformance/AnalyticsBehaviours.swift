import ApusCore
import ApusEngine
import Testing

extension ConformanceBench {
    func measurementsAreRead() async throws {
        let nothing = try await withSession { try await $0.measurements() }
        #expect(nothing == Measurements())
        let good = try things()
        let bad = try migration("1.1.0", up: "SELECT 1;\nSELECT no_such_column;")
        let known = try migration("1.2.0", up: "SELECT 1;")
        let backup = BackupRecord(
            name: "20250115T103000Z_run-1.dump", path: "backups/a.dump", bytes: 1 << 40,
            checksum: Checksum(of: "backup"),
            takenAt: Timestamp(microseconds: 1_736_937_000_123_456), duration: .milliseconds(1234),
            version: SemanticVersion(1, 0, 0))
        let run = try await withRun { session, run in
            try await session.recordBackup(backup, in: run)
            try await succeed(good.upStep(), session, run)
            try await perform(bad.upStep(), session, run)
            try await succeed(good.downStep(), session, run)
            return run
        }
        // A baseline records, and takes no time that anybody could learn from.
        let baseline = try await withLock { session in
            var start = Self.runStart()
            start.kind = .baseline
            let run = try await session.beginRun(start)
            _ = try await session.record([known.upStep(action: .record)], in: run)
            try await session.endRun(run, RunEnd(status: .succeeded))
            return run
        }
        let told = try await withSession { try await $0.measurements() }
        #expect(told.runs.map(\.id) == [run, baseline])
        #expect(told.runs.map(\.kind) == ["migrate", "baseline"])
        #expect(told.runs.map(\.status) == ["succeeded", "succeeded"])
        #expect(told.runs.allSatisfy { run in run.endedAt.map { $0 >= run.startedAt } ?? false })
        #expect(told.steps.map(\.run) == [run, run, run])
        #expect(told.steps.map(\.migration) == [good.id, bad.id, good.id])
        #expect(told.steps.map(\.direction) == [.up, .up, .down])
        #expect(told.steps.map(\.hasSucceeded) == [true, false, true])
        #expect(told.steps.allSatisfy { $0.duration >= .zero && !$0.leftBatches })
        let began = try #require(told.runs.first).startedAt
        let ended = try #require(told.runs.first?.endedAt)
        #expect(told.steps.allSatisfy { began <= $0.endedAt && $0.endedAt <= ended })
        #expect(
            told.backups == [
                Measurements.Backup(
                    takenAt: backup.takenAt, duration: backup.duration, bytes: backup.bytes)
            ])
    }
}
