import ApusCore
import ApusEngine
import ApusTesting
import Metrics
import MetricsTestKit
import Testing

@testable import ApusWeb

/// What a host's own metrics backend is given.
@Suite struct `Metrics of a host` {
    @Test func `a run counts as started and ended, and each step with its duration and outcome`()
        async throws
    {
        let metrics = TestMetrics()
        let good = try WebBench(driver: InMemoryDriver())
        try await good.migrator.migrate { RunMetrics.take($0, to: metrics) }
        let bad = try WebBench(driver: InMemoryDriver(failing: ["ALTER"]))
        try await bad.migrator.migrate { RunMetrics.take($0, to: metrics) }

        #expect(try metrics.expectCounter("apus_runs_started").totalValue == 2)
        for outcome in ["succeeded", "statement-failed"] {
            let ended = try metrics.expectCounter("apus_runs_ended", [("outcome", outcome)])
            #expect(ended.totalValue == 1)
        }
        let done = try metrics.expectTimer(
            "apus_step_duration", [("direction", "up"), ("outcome", "done")])
        #expect(done.values.count == 3)
        let failed = try metrics.expectTimer(
            "apus_step_duration", [("direction", "up"), ("outcome", "failed")])
        #expect(failed.values.count == 1)
    }

    @Test func `a backup is told with its size and duration`() async throws {
        let metrics = TestMetrics()
        let bench = try WebBench()
        try await bench.migrator.migrate(to: SemanticVersion("1.0.0"))
        let report = try await bench.migrator.migrate { RunMetrics.take($0, to: metrics) }
        let bytes = try #require(report.backup?.bytes)
        #expect(try metrics.expectGauge("apus_backup_bytes").lastValue == Double(bytes))
        #expect(try metrics.expectTimer("apus_backup_duration").values.count == 1)
    }
}
