extension EnvironmentFigures {
    /// Works the figures out. Pure, and proportional to the number of rows, apart from sorting.
    ///
    /// - Parameters:
    ///   - history: Of the same database.
    ///   - pending: What the folder holds besides: a version of which something is pending has not arrived.
    public init(
        environment: String, engine: DatabaseEngine, _ measurements: Measurements,
        history: History, pending: [MigrationID], catalogue: Catalogue
    ) {
        self.init(
            environment: environment, engine: engine, work: Self.work(measurements.steps),
            runs: Self.runs(measurements.runs), failures: Self.failures(measurements.runs),
            backups: Self.backups(measurements.backups),
            arrivals: Self.arrivals(history, pending, catalogue),
            lockWaits: Self.lockWaits(measurements.lockWaits),
            dataMigrations: measurements.dataMigrations.map(DataMigrationRate.init))
    }

    /// One migration in one direction.
    private struct Key: Hashable, Comparable {
        var migration: MigrationID
        var direction: Direction

        static func < (first: Key, second: Key) -> Bool {
            first.migration != second.migration
                ? first.migration < second.migration
                : first.direction == .up && second.direction == .down
        }
    }

    private static func work(_ steps: [Measurements.Step]) -> [Work] {
        var durations: [Key: [Duration]] = [:]
        var failures: [Key: Int] = [:]
        for step in steps {
            let key = Key(migration: step.migration, direction: step.direction)
            if step.hasSucceeded {
                durations[key, default: []].append(step.duration)
            } else {
                failures[key, default: 0] += 1
            }
        }
        return durations.compactMap { key, durations in
            DurationSeries(durations).map { series in
                Work(
                    migration: key.migration, direction: key.direction,
                    count: series.durations.count, median: series.median, longest: series.longest,
                    last: series.last, flagged: series.flaggedCount, trend: series.trend,
                    failures: failures[key] ?? 0)
            }
        }.sorted { first, second in
            if first.median != second.median { return first.median > second.median }
            return Key(migration: first.migration, direction: first.direction)
                < Key(migration: second.migration, direction: second.direction)
        }
    }

    private static func lockWaits(_ waits: [Measurements.LockWait]) -> [LockWaits] {
        let byWork = Dictionary(grouping: waits) {
            Key(migration: $0.migration, direction: $0.direction)
        }
        return byWork.map { key, waits in
            LockWaits(
                migration: key.migration, direction: key.direction, runs: waits.count,
                total: waits.reduce(.zero) { $0 + $1.waited },
                longest: waits.map(\.waited).max() ?? .zero,
                retries: waits.reduce(0) { $0 + $1.retries },
                lastRun: waits[waits.count - 1].run,
                lastHolder: waits.last { $0.holder != nil }?.holder)
        }.sorted { first, second in
            if first.total != second.total { return first.total > second.total }
            return Key(migration: first.migration, direction: first.direction)
                < Key(migration: second.migration, direction: second.direction)
        }
    }

    private static func runs(_ runs: [Measurements.Run]) -> [RunDot] {
        func length(_ run: Measurements.Run) -> Duration? {
            run.endedAt.map { .microseconds($0.microseconds - run.startedAt.microseconds) }
        }
        let succeeded = Dictionary(grouping: runs.filter { $0.status == "succeeded" }, by: \.kind)
        let series = succeeded.compactMapValues { DurationSeries($0.compactMap(length)) }
        return runs.compactMap { run in
            length(run).map { duration in
                RunDot(
                    run: run.id, kind: run.kind, status: run.status, startedAt: run.startedAt,
                    duration: duration, isFlagged: series[run.kind]?.isFlagged(duration) ?? false)
            }
        }
    }

    private static func failures(_ runs: [Measurements.Run]) -> [Failure] {
        var failures: [String: Failure] = [:]
        for run in runs {
            guard let code = run.failureCode else { continue }
            var failure =
                failures[code]
                ?? Failure(code: code, count: 0, lastRun: run.id, lastAt: run.startedAt)
            failure.count += 1
            (failure.lastRun, failure.lastAt) = (run.id, run.startedAt)
            failures[code] = failure
        }
        return failures.values.sorted { ($1.count, $0.code) < ($0.count, $1.code) }
    }

    private static func backups(_ backups: [Measurements.Backup]) -> Backups? {
        guard let first = backups.first, let last = backups.last,
            let series = DurationSeries(backups.map(\.duration))
        else { return nil }
        return Backups(
            count: backups.count, median: series.median, longest: series.longest,
            lastDuration: last.duration, lastBytes: last.bytes, firstBytes: first.bytes,
            lastAt: last.takenAt)
    }

    private static func arrivals(
        _ history: History, _ pending: [MigrationID], _ catalogue: Catalogue
    ) -> [Arrival] {
        let incomplete = Set(pending.map(\.version))
        let versions = Dictionary(grouping: history.applied, by: \.id.version)
        return versions.compactMap { version, rows in
            guard !incomplete.contains(version), !rows.contains(where: \.isBaseline),
                let arrivedAt = rows.map(\.appliedAt).max()
            else { return nil }
            let released = catalogue.release(version)?.date?.daysSinceEpoch
            return Arrival(
                version: version, arrivedAt: arrivedAt,
                sinceRelease: released.map {
                    .microseconds(arrivedAt.microseconds - $0 * 86_400_000_000)
                })
        }.sorted { $0.version < $1.version }
    }
}

extension EnvironmentFigures.DataMigrationRate {
    fileprivate init(_ progress: DataMigrationProgress) {
        self.init(
            migration: progress.migration, statement: progress.statement, state: progress.state,
            rows: progress.rowsDone, busy: progress.busy, rowsASecond: progress.rate)
    }
}
