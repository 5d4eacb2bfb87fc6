import Testing

@testable import ApusCore

@Suite struct AnalyticsTests {
    private let a = MigrationID("20250101_000000_1.0.0_a")!
    private let b = MigrationID("20250102_000000_1.1.0_b")!

    private func seconds(_ values: Double...) -> [Duration] { values.map { .seconds($0) } }

    private func run(
        _ id: Int64, at second: Int64, took: Int64?, _ status: String = "succeeded",
        kind: String = "migrate", code: String? = nil
    ) -> Measurements.Run {
        Measurements.Run(
            id: RunID(id), kind: kind, status: status,
            startedAt: Timestamp(microseconds: second * 1_000_000),
            endedAt: took.map { Timestamp(microseconds: (second + $0) * 1_000_000) },
            failureCode: code)
    }

    private func figures(
        _ measurements: Measurements, history: History = History(registry: .present(version: 3)),
        pending: [MigrationID] = [], catalogue: Catalogue = .empty,
        environment: String = "here", engine: DatabaseEngine = .postgres
    ) -> EnvironmentFigures {
        EnvironmentFigures(
            environment: environment, engine: engine, measurements, history: history,
            pending: pending, catalogue: catalogue)
    }

    private func step(
        _ id: MigrationID, _ value: Double, _ direction: Direction = .up, succeeded: Bool = true,
        run: Int64 = 1, at second: Int64 = 0, leftBatches: Bool = false
    ) -> Measurements.Step {
        Measurements.Step(
            run: RunID(run), migration: id, direction: direction, hasSucceeded: succeeded,
            endedAt: Timestamp(microseconds: second * 1_000_000), duration: .seconds(value),
            leftBatches: leftBatches)
    }

    private func progress(
        _ id: MigrationID, statement: Int = 0, _ state: DataMigrationProgress.State = .done,
        rows: Int64 = 500, busy: Double, run: Int64 = 1
    ) -> DataMigrationProgress {
        let now = Timestamp(microseconds: 0)
        return DataMigrationProgress(
            migration: id, statement: statement, meaning: Checksum(of: ""), state: state, size: 10,
            rowsDone: rows, busy: .seconds(busy), run: RunID(run), startedAt: now, changedAt: now)
    }

    private func undone(
        _ id: MigrationID, _ state: DataMigrationProgress.State = .done, rows: Int64 = 500,
        busy: Double, run: Int64 = 1
    ) -> Measurements.UndoneBatches {
        Measurements.UndoneBatches(
            migration: id, statement: 0, state: state, rows: rows, busy: .seconds(busy),
            run: RunID(run))
    }

    // MARK: Series

    @Test func `the median of an even number is the mean of the two in the middle`() throws {
        #expect(DurationSeries([]) == nil)
        #expect(try #require(DurationSeries(seconds(3, 1, 2))).median == .seconds(2))
        #expect(try #require(DurationSeries(seconds(4, 1, 2, 3))).median == .seconds(2.5))
    }

    @Test func `only what is above three times the median is flagged`() throws {
        let series = try #require(DurationSeries(seconds(1, 1, 3, 3.1)))
        // The median is 2: nothing is above 6.
        #expect(series.flaggedCount == 0)
        let other = try #require(DurationSeries(seconds(1, 1, 1, 3, 3.1)))
        #expect(other.flaggedCount == 1)
        #expect(!other.isFlagged(.seconds(3)))
    }

    @Test func `a trend compares the newer half with the older one`() throws {
        #expect(try #require(DurationSeries(seconds(1, 2, 3))).trend == nil)
        #expect(try #require(DurationSeries(seconds(1, 1, 9, 2, 2))).trend == 2)
        #expect(try #require(DurationSeries(seconds(0, 0, 1, 1))).trend == nil)
    }

    // MARK: Figures

    @Test func `durations are told by migration and direction, the slowest first`() {
        let steps = [
            step(a, 1), step(b, 5), step(a, 2), step(a, 9, .down), step(b, 1, succeeded: false),
        ]
        let work = figures(Measurements(steps: steps)).work
        #expect(work.map(\.migration) == [a, b, a])
        #expect(work.map(\.direction) == [.down, .up, .up])
        #expect(work.map(\.count) == [1, 1, 2])
        #expect(work.map(\.median) == seconds(9, 5, 1.5))
        #expect(work.map(\.failures) == [0, 1, 0])
        #expect(work.last?.last == .seconds(2))
    }

    private func wait(
        _ run: Int64, _ id: MigrationID, _ seconds: Double, retries: Int = 0,
        _ holder: String? = nil, direction: Direction = .up
    ) -> Measurements.LockWait {
        Measurements.LockWait(
            run: RunID(run), migration: id, direction: direction, waited: .seconds(seconds),
            retries: retries, holder: holder)
    }

    @Test func `waits for locks are added up by migration and direction, the longest first`() {
        let waits = figures(
            Measurements(lockWaits: [
                wait(1, a, 2, "pid 1"), wait(2, b, 4, retries: 3), wait(3, a, 1.5, retries: 1),
                wait(4, a, 3.5, direction: .down),
            ])
        ).lockWaits
        #expect(waits.map(\.migration) == [b, a, a])
        #expect(waits.map(\.direction) == [.up, .up, .down])
        #expect(waits.map(\.total) == seconds(4, 3.5, 3.5))
        #expect(waits.map(\.longest) == seconds(4, 2, 3.5))
        #expect(waits.map(\.runs) == [1, 2, 1])
        #expect(waits.map(\.retries) == [3, 1, 0])
        #expect(waits.map(\.lastRun) == [RunID(2), RunID(3), RunID(4)])
        #expect(waits.map(\.lastHolder) == [nil, "pid 1", nil])
    }

    @Test func `data migrations have their rows a second, before the first batch none`() {
        let now = Timestamp(microseconds: 0)
        let begun = DataMigrationProgress(
            migration: a, statement: 0, meaning: Checksum(of: ""), size: 10, run: RunID(1),
            startedAt: now, changedAt: now)
        var done = begun
        (done.migration, done.rowsDone, done.busy, done.state) = (b, 500, .seconds(2), .done)
        let rates = figures(Measurements(dataMigrations: [begun, done])).dataMigrations
        #expect(rates.map(\.migration) == [a, b])
        #expect(rates.map(\.rowsASecond) == [nil, 250])
        #expect(rates.map(\.state) == [.open, .done])
    }

    @Test func `what only ever failed has no duration`() {
        #expect(figures(Measurements(steps: [step(a, 1, succeeded: false)])).work.isEmpty)
    }

    @Test func `a run is compared with the succeeded ones of its kind`() {
        let runs = [
            run(1, at: 0, took: 10), run(2, at: 20, took: 10), run(3, at: 40, took: 31),
            run(4, at: 90, took: nil, "running"),
            run(5, at: 100, took: 31, "failed", code: "statement-failed"),
            run(6, at: 200, took: 31, kind: "rollback"),
        ]
        let dots = figures(Measurements(runs: runs)).runs
        #expect(dots.map(\.run.number) == [1, 2, 3, 5, 6])
        #expect(dots.filter(\.isFlagged).map(\.run.number) == [3, 5])
    }

    @Test func `failures are counted by code, the most frequent first`() {
        let runs = [
            run(1, at: 0, took: 1, "failed", code: "lock-timeout"),
            run(2, at: 5, took: 1, "failed", code: "statement-failed"),
            run(3, at: 9, took: 1, "failed", code: "statement-failed"), run(4, at: 20, took: 1),
            run(5, at: 30, took: 1, "failed", code: "backup-failed"),
        ]
        let failures = figures(Measurements(runs: runs)).failures
        #expect(failures.map(\.code) == ["statement-failed", "backup-failed", "lock-timeout"])
        #expect(failures.first?.count == 2)
        #expect(failures.first?.lastRun == RunID(3))
        #expect(failures.first?.lastAt == Timestamp(microseconds: 9_000_000))
    }

    @Test func `backups are told with the last one's size and time`() {
        let backups = [(0, 1, 100), (10, 3, 140), (20, 2, 150)].map { at, took, bytes in
            Measurements.Backup(
                takenAt: Timestamp(microseconds: at), duration: .seconds(took), bytes: Int64(bytes))
        }
        let told = figures(Measurements(backups: backups)).backups
        #expect(told?.count == 3)
        #expect(told?.median == .seconds(2))
        #expect(told?.longest == .seconds(3))
        #expect(told?.firstBytes == 100)
        #expect(told?.lastBytes == 150)
        #expect(figures(Measurements()).backups == nil)
    }

    @Test func `a version has arrived when the last of its migrations was applied`() throws {
        let more = try migration("1.0.0 more", day: 3)
        var bench = Bench().applied(
            try migration("1.0.0 a"), more, try migration("1.1.0 b", day: 2))
        let day: Int64 = 86_400_000_000
        for (index, moment) in [20_000 * day, 20_003 * day + day / 2, 20_004 * day].enumerated() {
            bench.database.history.applied[index].appliedAt = Timestamp(microseconds: moment)
            bench.database.history.applied[index].isBaseline = false
        }
        let catalogue = Catalogue(releases: [
            Release(version: version("1.0.0"), date: CalendarDate("2024-10-04"))
        ])
        let arrivals = figures(
            Measurements(), history: bench.database.history, catalogue: catalogue
        ).arrivals
        #expect(arrivals.map(\.version) == [version("1.0.0"), version("1.1.0")])
        #expect(arrivals.first?.arrivedAt == Timestamp(microseconds: 20_003 * day + day / 2))
        #expect(arrivals.map(\.sinceRelease) == [.seconds(86_400 * 3.5), nil])
        // 1.1.0 has not arrived while something of it is pending.
        let pending = figures(
            Measurements(), history: bench.database.history,
            pending: [MigrationID("20250105_000000_1.1.0_c")!]
        ).arrivals
        #expect(pending.map(\.version) == [version("1.0.0")])
    }

    @Test func `a version that was undone has arrived when it was there for the first time`() {
        let c = MigrationID("20250103_000000_1.1.0_c")!
        let steps = [
            step(a, 1, at: 10), step(b, 1, at: 20), step(c, 1, at: 30), step(c, 1, .down, at: 40),
            step(b, 1, .down, at: 50), step(b, 1, succeeded: false, at: 60), step(c, 1, at: 70),
        ]
        let arrivals = figures(Measurements(steps: steps), pending: [b, c]).arrivals
        #expect(arrivals.map(\.version) == [version("1.0.0"), version("1.1.0")])
        #expect(arrivals.map(\.arrivedAt.microseconds) == [10_000_000, 30_000_000])
        // What was never applied keeps its version from having arrived; a file that is gone does not.
        let new = MigrationID("20250104_000000_1.1.0_new")!
        #expect(
            figures(Measurements(steps: steps), pending: [c, new]).arrivals.map(\.version) == [
                version("1.0.0")
            ])
        #expect(figures(Measurements(steps: steps), pending: [c]).arrivals.count == 2)
    }

    @Test func `what was only ever undone, or failed, has not arrived`() {
        let steps = [step(a, 1, .down), step(b, 1, succeeded: false)]
        #expect(figures(Measurements(steps: steps), pending: [a, b]).arrivals.isEmpty)
    }

    @Test func `rows a second stay known of a data migration that was undone`() {
        let told = figures(
            Measurements(
                dataMigrations: [progress(b, rows: 100, busy: 1, run: 4)],
                undoneBatches: [
                    undone(a, rows: 10, busy: 1), undone(a, .cancelled, rows: 90, busy: 3, run: 2),
                    undone(b, busy: 1), undone(a, rows: 0, busy: 0, run: 3),
                ])
        ).dataMigrations
        #expect(told.map(\.migration) == [a, b])
        #expect(told.map(\.rowsASecond) == [30, 100])
        #expect(told.map(\.state) == [.cancelled, .done])
    }

    // MARK: Batches in the background

    @Test func `a data migration that was left to the background took the time of its batches`() {
        let measurements = Measurements(
            steps: [step(a, 1, leftBatches: true)],
            dataMigrations: [progress(a, busy: 40), progress(a, statement: 1, busy: 2)])
        #expect(figures(measurements).work.map(\.median) == seconds(43))
    }

    @Test func `while its batches go on a data migration has no duration`() {
        let measurements = Measurements(
            steps: [step(a, 1, leftBatches: true)],
            dataMigrations: [progress(a, busy: 40), progress(a, statement: 1, .open, busy: 2)])
        #expect(figures(measurements).work.isEmpty)
        #expect(figures(Measurements(steps: [step(a, 1, leftBatches: true)])).work.isEmpty)
    }

    @Test func `a data migration that went through its batches itself has its own duration`() {
        let measurements = Measurements(
            steps: [step(a, 50)], dataMigrations: [progress(a, busy: 40)])
        #expect(figures(measurements).work.map(\.median) == seconds(50))
    }

    @Test func `a data migration that was resumed took at least the time of all its batches`() {
        let measurements = Measurements(
            steps: [step(a, 5, run: 2)], dataMigrations: [progress(a, busy: 40, run: 1)])
        #expect(figures(measurements).work.map(\.median) == seconds(40))
    }

    @Test func `each time that a data migration was applied has the batches of its own time`() {
        let measurements = Measurements(
            steps: [
                step(a, 1, run: 1, leftBatches: true), step(a, 1, .down, run: 2),
                step(a, 1, run: 3, leftBatches: true), step(a, 1, .down, run: 4),
                step(a, 9, run: 6),
            ],
            dataMigrations: [progress(a, busy: 7, run: 5)],
            undoneBatches: [undone(a, busy: 4, run: 1), undone(a, .cancelled, busy: 100, run: 3)])
        let work = figures(measurements).work.filter { $0.direction == .up }
        #expect(work.map(\.count) == [2])
        #expect(work.map(\.last) == seconds(9))
        #expect(work.map(\.median) == seconds(7))
    }

    @Test(arguments: [
        ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2024-10-04", 20_000),
        ("2100-03-01", 47_541),
    ])
    func `days are counted from 1970`(date: String, days: Int64) {
        #expect(CalendarDate(date)?.daysSinceEpoch == days)
    }

    // MARK: Forecast

    @Test func `a forecast takes this database's own duration before any other`() {
        let own = figures(Measurements(steps: [step(a, 1)]))
        let other = figures(Measurements(steps: [step(a, 60)]), environment: "staging")
        let forecast = Analytics(own: own, others: [other], pending: [a]).forecast
        #expect(forecast.items == [.init(migration: a, estimate: .seconds(1), environment: "here")])
    }

    @Test func `a forecast takes the longest of the same engine, then of any`() {
        let own = figures(Measurements())
        let others = [
            figures(Measurements(steps: [step(a, 2), step(b, 7, .down)]), environment: "one"),
            figures(Measurements(steps: [step(a, 3)]), environment: "two"),
            figures(
                Measurements(steps: [step(a, 90), step(b, 8)]), environment: "lite",
                engine: .sqlite),
        ]
        let c = MigrationID("20250103_000000_1.2.0_c")!
        let forecast = Analytics(own: own, others: others, pending: [a, b, c]).forecast
        #expect(forecast.items.map(\.environment) == ["two", "lite", nil])
        #expect(forecast.items.map(\.estimate) == [.seconds(3), .seconds(8), nil])
        #expect(forecast.total == .seconds(11))
        #expect(forecast.unknownCount == 1)
    }

    @Test func `the slowest are those of all environments`() {
        let own = figures(Measurements(steps: [step(a, 2), step(b, 1)]))
        let other = figures(Measurements(steps: [step(b, 5)]), environment: "staging")
        let slowest = Analytics(own: own, others: [other], pending: []).slowest(2)
        #expect(slowest.map(\.environment) == [1, 0])
        #expect(slowest.map(\.work.migration) == [b, a])
    }
}
