extension EnvironmentFigures {
    /// Works the figures out. Pure, and proportional to the number of rows, apart from sorting.
    ///
    /// - Parameters:
    ///   - history: Of the same database.
    ///   - pending: What the folder holds besides: a version of which something was never applied has not
    ///     arrived.
    public init(
        environment: String, engine: DatabaseEngine, _ measurements: Measurements,
        history: History, pending: [MigrationID], catalogue: Catalogue
    ) {
        self.init(
            environment: environment, engine: engine, work: Self.work(measurements),
            runs: Self.runs(measurements.runs), failures: Self.failures(measurements.runs),
            backups: Self.backups(measurements.backups),
            arrivals: Self.arrivals(measurements.steps, history, pending, catalogue),
            lockWaits: Self.lockWaits(measurements.lockWaits),
            dataMigrations: Self.rates(measurements))
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

    private static func work(_ measurements: Measurements) -> [Work] {
        var durations: [Key: [Duration]] = [:]
        var failures: [Key: Int] = [:]
        let batches = BatchTimes(measurements)
        for step in measurements.steps {
            let key = Key(migration: step.migration, direction: step.direction)
            if step.hasSucceeded {
                if let took = batches.duration(of: step) {
                    durations[key, default: []].append(took)
                }
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

    /// When the last migration of each version was applied for the first time: what was undone since has
    /// arrived all the same.
    private static func arrivals(
        _ steps: [Measurements.Step], _ history: History, _ pending: [MigrationID],
        _ catalogue: Catalogue
    ) -> [Arrival] {
        var applied: [MigrationID: Timestamp] = [:]
        for step in steps where step.direction == .up && step.hasSucceeded {
            applied[step.migration] = min(applied[step.migration] ?? step.endedAt, step.endedAt)
        }
        for row in history.applied where !row.isBaseline && applied[row.id] == nil {
            applied[row.id] = row.appliedAt
        }
        // Files that are gone say nothing of a version that is there.
        let here = Set(pending + history.applied.map(\.id))
        let known = Set(here.map(\.version))
        let gone = applied.keys.filter { !known.contains($0.version) }
        let recorded = Set(history.applied.lazy.filter(\.isBaseline).map(\.id.version))
        let versions = Dictionary(grouping: here.union(gone), by: \.version)
        return versions.compactMap { version, migrations in
            let moments = migrations.compactMap { applied[$0] }
            guard moments.count == migrations.count, !recorded.contains(version),
                let arrivedAt = moments.max()
            else { return nil }
            let released = catalogue.release(version)?.date?.daysSinceEpoch
            return Arrival(
                version: version, arrivedAt: arrivedAt,
                sinceRelease: released.map {
                    .microseconds(arrivedAt.microseconds - $0 * 86_400_000_000)
                })
        }.sorted { $0.version < $1.version }
    }

    /// Of what was taken back the last time, where it was not begun again.
    private static func rates(_ measurements: Measurements) -> [DataMigrationRate] {
        struct Place: Hashable {
            var migration: MigrationID
            var statement: Int
        }
        let current = measurements.dataMigrations.map(DataMigrationRate.init)
        let known = Set(current.map { Place(migration: $0.migration, statement: $0.statement) })
        var undone: [Place: DataMigrationRate] = [:]
        for batches in measurements.undoneBatches where batches.rows > 0 {
            let place = Place(migration: batches.migration, statement: batches.statement)
            if !known.contains(place) { undone[place] = DataMigrationRate(batches) }
        }
        return undone.values.sorted {
            ($0.migration, $0.statement) < ($1.migration, $1.statement)
        } + current
    }
}

extension EnvironmentFigures.DataMigrationRate {
    fileprivate init(_ progress: DataMigrationProgress) {
        self.init(
            migration: progress.migration, statement: progress.statement, state: progress.state,
            rows: progress.rowsDone, busy: progress.busy, rowsASecond: progress.rate)
    }

    fileprivate init(_ batches: Measurements.UndoneBatches) {
        let seconds = batches.busy / .seconds(1)
        self.init(
            migration: batches.migration, statement: batches.statement, state: batches.state,
            rows: batches.rows, busy: batches.busy,
            rowsASecond: seconds > 0 ? Double(batches.rows) / seconds : nil)
    }
}
