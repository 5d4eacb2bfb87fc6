package import ApusCore
import Foundation

/// The figures of one database as JSON: what `apus analytics --json` writes, and `--from` reads.
package struct FiguresDocument: Codable {
    struct Work: Codable {
        var migration: String
        var direction: String
        var count: Int
        var medianSeconds: Double
        var longestSeconds: Double
        var lastSeconds: Double
        var flagged: Int
        var trend: Double?
        var failures: Int
    }

    struct Run: Codable {
        var run: Int64
        var kind: String
        var status: String
        var startedAt: String
        var durationSeconds: Double
        var flagged: Bool
    }

    struct Failure: Codable {
        var code: String
        var count: Int
        var lastRun: Int64
        var lastAt: String
    }

    struct Backups: Codable {
        var count: Int
        var medianSeconds: Double
        var longestSeconds: Double
        var lastSeconds: Double
        var firstBytes: Int64
        var lastBytes: Int64
        var lastAt: String
    }

    struct Release: Codable {
        var version: String
        var arrivedAt: String
        var secondsSinceRelease: Double?
    }

    struct LockWaits: Codable {
        var migration: String
        var direction: String
        var runs: Int
        var totalSeconds: Double
        var longestSeconds: Double
        var retries: Int
        var lastRun: Int64
        var lastHolder: String?
    }

    struct DataMigration: Codable {
        var migration: String
        var statement: Int
        var state: String
        var rows: Int64
        var busySeconds: Double
        var rowsASecond: Double?
    }

    var environment: String
    var engine: String
    var work: [Work]
    var runs: [Run]
    var failures: [Failure]
    var backups: Backups?
    var releases: [Release]
    /// Missing in what an earlier Apus wrote.
    var lockWaits: [LockWaits]?
    /// As ``lockWaits``.
    var dataMigrations: [DataMigration]?

    /// Of many runs the latest stand in the document.
    package static let mostRuns = 1_000

    package init(_ figures: EnvironmentFigures) {
        environment = figures.environment
        engine = figures.engine.rawValue
        work = figures.work.map {
            Work(
                migration: $0.migration.description, direction: $0.direction.rawValue,
                count: $0.count, medianSeconds: $0.median / .seconds(1),
                longestSeconds: $0.longest / .seconds(1), lastSeconds: $0.last / .seconds(1),
                flagged: $0.flagged, trend: $0.trend, failures: $0.failures)
        }
        runs = figures.runs.suffix(Self.mostRuns).map {
            Run(
                run: $0.run.number, kind: $0.kind, status: $0.status,
                startedAt: $0.startedAt.isoText, durationSeconds: $0.duration / .seconds(1),
                flagged: $0.isFlagged)
        }
        failures = figures.failures.map {
            Failure(
                code: $0.code, count: $0.count, lastRun: $0.lastRun.number,
                lastAt: $0.lastAt.isoText)
        }
        backups = figures.backups.map {
            Backups(
                count: $0.count, medianSeconds: $0.median / .seconds(1),
                longestSeconds: $0.longest / .seconds(1),
                lastSeconds: $0.lastDuration / .seconds(1), firstBytes: $0.firstBytes,
                lastBytes: $0.lastBytes, lastAt: $0.lastAt.isoText)
        }
        releases = figures.arrivals.map {
            Release(
                version: $0.version.description, arrivedAt: $0.arrivedAt.isoText,
                secondsSinceRelease: $0.sinceRelease.map { $0 / .seconds(1) })
        }
        lockWaits = figures.lockWaits.map {
            LockWaits(
                migration: $0.migration.description, direction: $0.direction.rawValue,
                runs: $0.runs, totalSeconds: $0.total / .seconds(1),
                longestSeconds: $0.longest / .seconds(1), retries: $0.retries,
                lastRun: $0.lastRun.number, lastHolder: $0.lastHolder)
        }
        dataMigrations = figures.dataMigrations.map {
            DataMigration(
                migration: $0.migration.description, statement: $0.statement + 1,
                state: $0.state.rawValue, rows: $0.rows, busySeconds: $0.busy / .seconds(1),
                rowsASecond: $0.rowsASecond)
        }
    }

    /// What the document says; throws the name of the value that is none.
    func figures() throws(Unreadable) -> EnvironmentFigures {
        func read<Value>(_ text: String, _ value: Value?) throws(Unreadable) -> Value {
            guard let value else { throw Unreadable(text: text) }
            return value
        }
        func moment(_ text: String) throws(Unreadable) -> Timestamp {
            try read(text, Timestamp(isoText: text))
        }
        var figures = EnvironmentFigures(
            environment: environment, engine: try read(engine, DatabaseEngine(rawValue: engine)))
        for entry in work {
            figures.work.append(
                EnvironmentFigures.Work(
                    migration: try read(entry.migration, MigrationID(entry.migration)),
                    direction: try read(entry.direction, Direction(rawValue: entry.direction)),
                    count: entry.count, median: .seconds(entry.medianSeconds),
                    longest: .seconds(entry.longestSeconds), last: .seconds(entry.lastSeconds),
                    flagged: entry.flagged, trend: entry.trend, failures: entry.failures))
        }
        for run in runs {
            figures.runs.append(
                EnvironmentFigures.RunDot(
                    run: RunID(run.run), kind: run.kind, status: run.status,
                    startedAt: try moment(run.startedAt), duration: .seconds(run.durationSeconds),
                    isFlagged: run.flagged))
        }
        for failure in failures {
            figures.failures.append(
                EnvironmentFigures.Failure(
                    code: failure.code, count: failure.count, lastRun: RunID(failure.lastRun),
                    lastAt: try moment(failure.lastAt)))
        }
        if let backups {
            figures.backups = EnvironmentFigures.Backups(
                count: backups.count, median: .seconds(backups.medianSeconds),
                longest: .seconds(backups.longestSeconds),
                lastDuration: .seconds(backups.lastSeconds), lastBytes: backups.lastBytes,
                firstBytes: backups.firstBytes, lastAt: try moment(backups.lastAt))
        }
        for release in releases {
            figures.arrivals.append(
                EnvironmentFigures.Arrival(
                    version: try read(release.version, SemanticVersion(release.version)),
                    arrivedAt: try moment(release.arrivedAt),
                    sinceRelease: release.secondsSinceRelease.map { .seconds($0) }))
        }
        for wait in lockWaits ?? [] {
            figures.lockWaits.append(
                EnvironmentFigures.LockWaits(
                    migration: try read(wait.migration, MigrationID(wait.migration)),
                    direction: try read(wait.direction, Direction(rawValue: wait.direction)),
                    runs: wait.runs, total: .seconds(wait.totalSeconds),
                    longest: .seconds(wait.longestSeconds), retries: wait.retries,
                    lastRun: RunID(wait.lastRun), lastHolder: wait.lastHolder))
        }
        for data in dataMigrations ?? [] {
            figures.dataMigrations.append(
                EnvironmentFigures.DataMigrationRate(
                    migration: try read(data.migration, MigrationID(data.migration)),
                    statement: data.statement - 1,
                    state: try read(
                        data.state, DataMigrationProgress.State(rawValue: data.state)),
                    rows: data.rows, busy: .seconds(data.busySeconds),
                    rowsASecond: data.rowsASecond))
        }
        return figures
    }

    struct Unreadable: Error {
        var text: String
    }
}
