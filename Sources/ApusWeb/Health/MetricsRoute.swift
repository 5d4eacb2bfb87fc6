import ApusCore
import ApusEngine
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /metrics`: Prometheus text, computed from the database when it is asked for.
enum MetricsRoute {
    static func routes(isPublic: Bool) -> [Route] {
        [
            Route(.server, .get, "/metrics", isPublic ? .nothing : .look, isShared: true) {
                exchange in
                Response(
                    status: .ok,
                    headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                    body: ResponseBody(
                        byteBuffer: ByteBuffer(string: await text(exchange.site))))
            }
        ]
    }

    private static func text(_ site: Site) async -> String {
        do throws(Diagnostics) {
            let sight = try await site.states.current(atMost: VersionAPI.patience)
            let runs = try await site.states.runs(atMost: VersionAPI.patience)
            return MetricsText(sight, runs, now: site.migrator.now()).text
        } catch {
            var text = MetricsWriter()
            text.gauge("apus_up", "Whether the database could be asked.", 0)
            return text.text
        }
    }
}

/// The figures of a database as Prometheus reads them.
struct MetricsText {
    let text: String

    /// - Parameter runs: The latest thousand.
    init(_ sight: StateReader.Sight, _ runs: [RunRecord], now: Timestamp) {
        let overview = sight.overview
        let state = overview.state
        var writer = MetricsWriter()
        writer.gauge("apus_up", "Whether the database could be asked.", 1)
        writer.family(
            "apus_migrations", "Migrations by state.", "gauge",
            MigrationState.Status.allCases.map { status in
                (
                    "{state=\"\(status.rawValue)\"}",
                    Double(state.migrations.count { $0.status == status })
                )
            })
        writer.gauge(
            "apus_pending_migrations", "Migrations to be applied.", Double(state.pending.count))
        writer.gauge(
            "apus_applied_migrations", "Migrations applied.", Double(state.history.applied.count))
        writer.gauge(
            "apus_drift_findings", "Edited, vanished or otherwise diverged files.",
            Double(state.drift.count { $0.severity == .error }))
        writer.gauge(
            "apus_compatible", "Whether the application may run on the database.",
            state.compatibility.isCompatible ? 1 : 0)
        writer.family(
            "apus_runs", "The latest thousand runs by status.", "gauge",
            RunStatus.allCases.map { status in
                ("{status=\"\(status.rawValue)\"}", Double(runs.count { $0.status == status }))
            })
        writer.gauge(
            "apus_failed_runs", "Runs that failed, of the latest thousand.",
            Double(runs.count { $0.status == .failed }))
        writer.gauge(
            "apus_run_in_progress", "Whether a run goes on.", overview.liveRun == nil ? 0 : 1)
        let waits = overview.activity?.blockers.isEmpty == false
        writer.gauge(
            "apus_lock_wait_seconds", "How long the run that goes on has waited for a lock.",
            waits ? (overview.activity?.since ?? .zero) / .seconds(1) : 0)
        if let success = runs.first(where: { $0.status == .succeeded })?.endedAt {
            writer.gauge(
                "apus_last_success_timestamp_seconds", "When the last run succeeded.",
                Double(success.microseconds) / 1e6)
        }
        if let backup = sight.backups.first, let taken = Moments.parsed(backup.takenAt) {
            writer.gauge(
                "apus_backup_age_seconds", "The age of the last backup.",
                Double(now.microseconds - taken.microseconds) / 1e6)
            writer.gauge(
                "apus_backup_size_bytes", "The size of the last backup.", Double(backup.bytes))
        }
        writer.histogram(
            "apus_migration_duration_seconds", "How long the applied migrations took.",
            state.history.applied.filter { !$0.isBaseline }.map { $0.duration / .seconds(1) })
        text = writer.text
    }
}

/// Writes the text format: https://prometheus.io/docs/instrumenting/exposition_formats/
struct MetricsWriter {
    private(set) var text = ""
    private static let buckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 3600]

    mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        family(name, help, "gauge", [("", value)])
    }

    mutating func family(
        _ name: String, _ help: String, _ type: String, _ samples: [(String, Double)]
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        for (labels, value) in samples { text += "\(name)\(labels) \(Self.number(value))\n" }
    }

    mutating func histogram(_ name: String, _ help: String, _ values: [Double]) {
        var samples = Self.buckets.map { limit in
            ("_bucket{le=\"\(Self.number(limit))\"}", Double(values.count { $0 <= limit }))
        }
        samples.append(("_bucket{le=\"+Inf\"}", Double(values.count)))
        samples.append(("_sum", values.reduce(0, +)))
        samples.append(("_count", Double(values.count)))
        family(name, help, "histogram", samples)
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
