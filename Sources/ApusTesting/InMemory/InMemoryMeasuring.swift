public import ApusCore
public import ApusEngine

extension InMemorySession {
    public func measurements() async throws(DatabaseError) -> Measurements {
        store.read { content in
            let baselines = Set(content.runs.filter { $0.kind == "baseline" }.map(\.id))
            return Measurements(
                runs: content.runs.map { run in
                    Measurements.Run(
                        id: run.id, kind: run.kind, status: run.status.rawValue,
                        startedAt: run.startedAt, endedAt: run.endedAt,
                        failureCode: run.failureCode)
                },
                steps: content.journal.compactMap { row in
                    let entry = row.entry
                    let leftBatches = entry.message == Step.leftBatchesNote
                    let hasRun =
                        entry.status == .done && entry.statementsDone > 0
                        && (entry.message == nil || leftBatches)
                    guard let duration = entry.duration, !baselines.contains(row.run),
                        hasRun || entry.status == .failed
                    else { return nil }
                    return Measurements.Step(
                        run: row.run, migration: entry.migration, direction: entry.direction,
                        hasSucceeded: hasRun,
                        endedAt: Timestamp(
                            microseconds: entry.startedAt.microseconds + duration.microseconds),
                        duration: duration, leftBatches: leftBatches)
                },
                backups: content.backups.map {
                    Measurements.Backup(
                        takenAt: $0.takenAt, duration: $0.duration, bytes: $0.bytes)
                },
                lockWaits: content.runs.flatMap { run in
                    run.locks.filter(\.hasWaited).map {
                        Measurements.LockWait(
                            run: run.id, migration: $0.migration, direction: $0.direction,
                            waited: $0.waited, retries: $0.retries, holder: $0.holder)
                    }
                },
                dataMigrations: content.batches, undoneBatches: content.undoneBatches)
        }
    }
}
