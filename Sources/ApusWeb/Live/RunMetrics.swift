import ApusCore
import ApusEngine
import Metrics

/// Figures of the runs of this process, for hosts that have a metrics backend of their own.
///
/// `/metrics` needs none: it is computed from the database.
enum RunMetrics {
    static func take(
        _ event: RunEvent, to factory: any MetricsFactory = MetricsSystem.factory
    ) {
        switch event {
        case .runStarted: Counter(label: "apus_runs_started", factory: factory).increment()
        case .backupFinished(let record):
            Metrics.Timer(label: "apus_backup_duration", factory: factory).recordSeconds(
                record.duration / .seconds(1))
            Gauge(label: "apus_backup_bytes", factory: factory).record(record.bytes)
        case .stepFinished(let outcome):
            Metrics.Timer(
                label: "apus_step_duration",
                dimensions: [
                    ("direction", outcome.direction.rawValue),
                    ("outcome", outcome.failure == nil ? "done" : "failed"),
                ],
                factory: factory
            ).recordSeconds(outcome.duration / .seconds(1))
        case .runEnded(let report):
            Counter(
                label: "apus_runs_ended",
                dimensions: [("outcome", report.failure?.code.rawValue ?? "succeeded")],
                factory: factory
            ).increment()
        default: break
        }
    }
}
