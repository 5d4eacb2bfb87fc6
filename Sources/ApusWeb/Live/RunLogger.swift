import ApusCore
import ApusEngine
import Logging

/// The server's own log: one line a step, with run, migration, duration and outcome.
enum RunLogger {
    static func log(_ event: RunEvent, run: RunID?, by person: String, to logger: Logger) {
        switch event {
        case .runStarted(let id, let plan):
            logger.info(
                "run started",
                metadata: [
                    "run": "\(id)", "by": "\(person)", "plan": "\(plan.digest.short)",
                    "steps": "\(plan.steps.count)",
                ])
        case .stepFinished(let outcome):
            var metadata: Logger.Metadata = [
                "run": "\(run?.description ?? "?")", "migration": "\(outcome.id)",
                "direction": "\(outcome.direction.rawValue)",
                "seconds": "\(outcome.duration / .seconds(1))",
            ]
            if let failure = outcome.failure {
                metadata["outcome"] = "failed"
                metadata["code"] = "\(failure.error.code.rawValue)"
                logger.error("step", metadata: metadata)
            } else {
                metadata["outcome"] = "done"
                logger.info("step", metadata: metadata)
            }
        case .runEnded(let report):
            logger.log(
                level: report.failure == nil ? .info : .error, "run ended",
                metadata: [
                    "run": "\(report.run?.number ?? 0)",
                    "outcome": "\(report.failure?.code.rawValue ?? "succeeded")",
                    "seconds": "\(report.duration / .seconds(1))",
                ])
            for warning in report.warnings {
                logger.warning(
                    "\(warning.message)", metadata: ["code": "\(warning.code.rawValue)"])
            }
        default: break
        }
    }
}
