import ApusCore
import ApusEngine
import Foundation
import Testing

@testable import ApusWeb

/// What the journal says, on the page and for programs.
@Suite struct `Analytics on the page` {
    private static let pages = "/admin/migrations"
    private static let rooms = "20250101_000000_1.1.0_notes"

    /// Six runs: the second migration took 1 s four times and then 9 s, and failed once; it waited for a
    /// lock.
    private func bench(
        change: (inout Configuration) -> Void = { _ in }
    ) async throws -> WebBench {
        let bench = try WebBench(change: change)
        #expect(try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0)).failure == nil)
        for _ in 1...5 {
            #expect(try await bench.migrator.migrate().failure == nil)
            #expect(try await bench.migrator.rollback(SemanticVersion(1, 1, 0)).failure == nil)
        }
        try bench.execute(
            """
            UPDATE apus_journal SET started_at = '2025-01-12T10:00:00.000000Z', duration_us = 1000000;
            UPDATE apus_journal SET duration_us = 9000000 WHERE run = 10;
            UPDATE apus_runs SET started_at = '2025-01-' || (9 + id) || 'T10:00:00.000000Z',
                ended_at = '2025-01-' || (9 + id) || 'T10:00:01.000000Z';
            UPDATE apus_runs SET ended_at = '2025-01-19T10:00:09.000000Z' WHERE id = 10;
            UPDATE apus_migrations SET applied_at = '2025-01-12T10:00:00.000000Z';
            UPDATE apus_backups SET taken_at = '2025-01-12T10:00:00.000000Z', duration_us = 500000;
            UPDATE apus_runs SET status = 'failed', failure_code = 'statement-failed' WHERE id = 9;
            INSERT INTO apus_step_waits (run, migration, direction, waited_us, retries, holder)
                VALUES (10, '\(Self.rooms)', 'up', 2500000, 2, 'pid 7 (<ana>)');
            """)
        return bench
    }

    @Test func `shows every figure as text, beside pictures that say the same`() async throws {
        let body = try await bench().get("\(Self.pages)/analytics", as: "vera").body
        let text = body.replacing(/<[^>]*>/, with: " ").replacing(/\s+/, with: " ")
        for part in [
            "Runs 11 ", "Median 1.00 s ", "Longest 9.00 s ", "Failed 1 ",
            "Next plan about 1.00 s",
            "#10 ✓ succeeded migrate 19 Jan 2025 10:00 9.00 s ▲ above three times the median",
            "1.1.0 notes 1.00 s 9.00 s 9.00 s 5",
            "statement-failed 1 #9", "1.1.0 notes 2.50 s 2.50 s 1 2 #10 pid 7 (&lt;ana&gt;)",
        ] {
            #expect(text.contains(part), "\(part)\n\(text)")
        }
        #expect(!body.contains("<ana>"))
        // A triangle for the run that stands out, a diamond for the failed one, a circle for each other.
        let picture = try #require(body.firstMatch(of: /<svg class="picture rundots".*?<\/svg>/))
        #expect(picture.0.matches(of: /<circle/).count == 9)
        #expect(picture.0.matches(of: /<polygon[^>]*class="dot warn"/).count == 1)
        #expect(picture.0.matches(of: /<polygon[^>]*class="dot bad"/).count == 1)
        #expect(picture.0.contains("run 10, 19 Jan 2025 10:00: migrate, succeeded, 9.00 s, above"))
        #expect(picture.0.contains("<title id=") && picture.0.contains("<desc id="))
    }

    @Test func `a program gets the document that another command line reads`() async throws {
        let bench = try await bench()
        let answer = try await bench.get("/api/analytics", as: "vera")
        #expect(answer.json["format"] as? String == "apus.analytics/1")
        let waits = try #require(answer.json["lock_waits"] as? [[String: Any]])
        #expect(waits.map { $0["total_seconds"] as? Double } == [2.5])
        #expect(waits.map { $0["last_holder"] as? String } == ["pid 7 (<ana>)"])
        let file = "\(bench.folder)/here.json"
        try answer.body.write(toFile: file, atomically: true, encoding: .utf8)
        let read = try FiguresFile.read(file)
        let own = try await bench.administration.site.analytics.current().own
        #expect(read == own)
    }

    @Test func `other environments stand beside it, from files that are read each time`()
        async throws
    {
        let staging = try Self.staging()
        let bench = try await bench { configuration in
            configuration.environment = "production"
            configuration.otherFigures = { () throws(Diagnostics) in [staging] }
        }
        let body = try await bench.get("\(Self.pages)/analytics").body
        #expect(body.contains("1.1.0 notes · staging"))
        #expect(body.contains("How long the runs took, production"))
        // Nothing of another environment has a page here.
        #expect(!body.contains("/runs/77"))
        let answer = try await bench.get("/api/analytics").json
        let others = try #require(answer["others"] as? [[String: Any]])
        #expect(others.map { $0["environment"] as? String } == ["staging"])
    }

    @Test func `a database without runs, and one that cannot be reached, are told`() async throws {
        let bench = try WebBench()
        let empty = try await bench.get("\(Self.pages)/analytics").body
        #expect(empty.contains("Nothing has run on this database yet"))
        #expect(try await bench.migrator.migrate().failure == nil)
        #expect(try await bench.get("\(Self.pages)/analytics").body.contains("slowest-bars"))
        try bench.breakDatabase()
        let last = try await bench.get("\(Self.pages)/analytics")
        #expect(last.status == 200)
        #expect(last.body.contains("This is how it was at") && last.body.contains("slowest-bars"))
        #expect(try await bench.get("/api/analytics").status == 503)
    }

    @Test func `durations stand on a logarithmic scale with the marks that people count by`() {
        let scale = TimeScale([0.2, 30])
        #expect(scale.marks.map(\.label) == ["0.1 s", "1 s", "10 s", "1 min"])
        #expect(scale.fraction(0.1) == 0 && scale.fraction(60) == 1)
        #expect(abs(scale.fraction(1) - scale.fraction(10) / 2) < 0.001)
        // Nothing at all still has a scale, and so has what is beyond it.
        #expect(TimeScale([0]).fraction(0) == 0)
        #expect(TimeScale([]).marks.map(\.label) == ["1 s", "10 s"])
        #expect(TimeScale([9_999_999]).fraction(9_999_999) == 1)
    }

    private static func staging() throws -> EnvironmentFigures {
        let id = try #require(MigrationID("20250101_000000_1.1.0_notes"))
        return EnvironmentFigures(
            environment: "staging", engine: .sqlite,
            work: [
                EnvironmentFigures.Work(
                    migration: id, direction: .up, count: 1, median: .seconds(42),
                    longest: .seconds(42), last: .seconds(42), flagged: 0, trend: nil, failures: 1)
            ],
            failures: [
                EnvironmentFigures.Failure(
                    code: "lock-timeout", count: 1, lastRun: RunID(77),
                    lastAt: Timestamp(microseconds: 0))
            ])
    }
}
