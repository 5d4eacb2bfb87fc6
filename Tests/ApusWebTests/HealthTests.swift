import ApusCore
import ApusEngine
import ApusTesting
import Foundation
import HTTPTypes
import Testing

@testable import ApusWeb

/// What orchestrators and Prometheus are told in each state.
@Suite struct `Health and metrics` {
    private static let first = Catalogue(
        applicationVersion: SemanticVersion(1, 0, 0), minimumDatabase: SemanticVersion(1, 0, 0),
        database: SemanticVersion(1, 0, 0))

    @Test func `a database that is ahead is ready`() async throws {
        let bench = try WebBench(catalogue: Self.first)
        var later = bench.migrator
        later.catalogue = .empty
        try await later.migrate()
        let ready = try await bench.get("/health/ready", as: nil)
        #expect(ready.status == 200)
        #expect(ready.json["status"] as? String == "ahead")
    }

    @Test func `while a run goes on the application is ready`() async throws {
        let (bench, run) = try await `Live runs`.busy()
        defer { run.cancel() }
        let ready = try await bench.get("/health/ready", as: nil)
        #expect(ready.status == 200)
        #expect(ready.json["status"] as? String == "running")
        #expect(try await bench.get("/metrics", as: nil).body.contains("apus_run_in_progress 1\n"))
    }

    @Test func `metrics count failed runs, drift and the last backup`() async throws {
        let bench = try WebBench(`Escaping`.hostile)
        _ = try? await bench.migrator.migrate()
        let failed = try await bench.get("/metrics", as: nil).body
        #expect(failed.contains("apus_failed_runs 1\n"))
        #expect(failed.contains("apus_runs{status=\"failed\"} 1\n"))
        let other = try WebBench()
        try await other.migrator.migrate()
        let record = try await other.migrator.backUp()
        let name = try #require(WebBench.two.keys.first { $0.contains("notes") })
        try WebBench.two[name]!.replacing("note text", with: "note varchar").write(
            toFile: "\(other.folder)/migrations/\(name)", atomically: true, encoding: .utf8)
        let drifted = try await other.get("/metrics", as: nil).body
        #expect(drifted.contains("apus_up 1\n"))
        #expect(drifted.contains("apus_drift_findings 1\n"))
        #expect(drifted.contains("apus_backup_size_bytes \(record.bytes)\n"))
        #expect(drifted.contains("apus_backup_age_seconds "))
        #expect(drifted.contains("apus_last_success_timestamp_seconds "))
    }

    @Test func `metrics say how long a run has waited for a lock`() async throws {
        var sight = try await WebBench().administration.site.states.current()
        sight.overview.activity = RunActivity(
            since: .seconds(21), blockers: [LockHolder(processID: 4121)])
        let text = MetricsText(sight, [], now: Timestamp(microseconds: 0)).text
        #expect(text.contains("apus_lock_wait_seconds 21\n"))
    }

    @Test func `a run's page shows the statement, its progress and who it waits for`() throws {
        let record = RunRecord(
            id: RunID(1), kind: "migrate", status: .running, summary: "x", from: nil, to: nil,
            startedAt: Timestamp(microseconds: 0), endedAt: nil, startedBy: "ana",
            databaseUser: "", toolVersion: "", failureCode: nil, failureMessage: nil,
            backupName: nil)
        let activity = RunActivity(
            processID: 7, statement: "CREATE INDEX <b>\r\nON trips", state: "active",
            since: .seconds(3),
            blockers: [
                LockHolder(
                    processID: 4121, user: "guests", application: "psql",
                    state: "idle in transaction", since: .seconds(1320))
            ], progress: .init(phase: "building index", fraction: 0.684))
        let view = RunView(
            RunSight(record: record, activity: activity), nil, now: Timestamp(microseconds: 0))
        let html = Templates.library.text(view, of: "live")
        #expect(html.contains("CREATE INDEX &lt;b&gt;\nON trips"))
        #expect(html.contains("building index") && html.contains("68 %"))
        #expect(html.contains("Waiting for a lock"))
        #expect(html.contains("pid 4121"))
        #expect(html.contains("user guests · psql · idle in transaction · for 22 min 0 s"))
        #expect(html.contains("SELECT pg_terminate_backend(4121);"))
    }

    @Test func `with the database gone, metrics say so and nothing else`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate()
        try bench.breakDatabase()
        let answer = try await bench.get("/metrics", as: nil)
        #expect(answer.status == 200)
        #expect(answer.body.contains("apus_up 0\n"))
        #expect(!answer.body.contains("apus_pending_migrations"))
    }

    @Test func `each step is one line of the log, with run, migration, duration and outcome`()
        async throws
    {
        let log = LogLines()
        let bench = try WebBench(`Escaping`.hostile.merging(WebBench.two) { $1 }, log: log)
        _ = try await bench.post(
            "/admin/migrations/runs", try await bench.form("/admin/migrations/plan"))
        try await bench.settled()
        await bench.administration.site.stop()
        let steps = log.all.filter { $0.contains(" step ") }
        #expect(!steps.isEmpty)
        for step in steps {
            for fact in ["run=1", "migration=", "seconds=", "outcome="] {
                #expect(step.contains(fact), "\(step)")
            }
        }
        #expect(log.all.contains { $0.contains("run ended") && $0.contains("run=1") })
    }

    @Test func `the catalogue is read again, as the migrations are`() async throws {
        let read = Catalogues()
        let bench = try WebBench { $0.catalogue = { () throws(Diagnostics) in read.now } }
        try await bench.migrator.migrate()
        #expect(try await bench.get("/health/ready", as: nil).status == 200)
        read.now = Catalogue(
            applicationVersion: SemanticVersion(9, 0, 0), minimumDatabase: SemanticVersion(9, 0, 0),
            database: SemanticVersion(9, 0, 0))
        await bench.administration.site.states.forget()
        #expect(try await bench.get("/health/ready", as: nil).status == 503)
        let version = try await bench.get("/api/version", as: nil)
        #expect(version.json["minimum_database_version"] as? String == "9.0.0")
    }
}
