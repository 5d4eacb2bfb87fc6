import ApusCore
import ApusEngine
import Logging
public import ServiceLifecycle

/// Runs what is due while a server is up: `apus serve` has one beside its pages, and a host that
/// mounts an ``Administration`` adds one to its own service group.
///
/// Of many servers on one database each run is done by one: whoever holds the migration lock takes it.
public struct ScheduleService: Service {
    private let site: Site
    private let interval: Duration

    /// - Parameter interval: How often the schedule is looked at.
    public init(_ administration: Administration, every interval: Duration = .seconds(5)) {
        site = administration.site
        self.interval = interval
    }

    /// Looks until the service group shuts down; a run that goes on then is ended in order.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var lastProblem: Diagnostic?
            while !Task.isCancelled {
                let problem = await look()
                // A database that is away is told of once, not at each look.
                if let problem, problem != lastProblem {
                    site.logger.warning(
                        "the schedule cannot be looked at",
                        metadata: [
                            "code": "\(problem.code.rawValue)", "reason": "\(problem.message)",
                        ])
                }
                lastProblem = problem
                do {
                    try await Task.sleep(for: interval)
                } catch {
                    return
                }
            }
        }
    }

    /// Runs what is due; why that could not be looked at.
    private func look() async -> Diagnostic? {
        let (notifier, logger) = (site.notifier, site.logger)
        do throws(Diagnostics) {
            let log = RunLog()
            let outcomes = try await site.migrator.runDue { entry, event in
                let person = entry.draft.createdBy
                log.take(event)
                RunLogger.log(event, run: log.run, by: person, to: logger)
                RunMetrics.take(event)
                notifier.take(event, run: log.run, by: person)
            }
            for outcome in outcomes {
                notifier.take(outcome)
                guard let problem = outcome.problem else { continue }
                logger.warning(
                    "an entry of the schedule was not run as planned",
                    metadata: [
                        "entry": "\(outcome.entry.id)", "code": "\(problem.code.rawValue)",
                        "reason": "\(problem.message)",
                    ])
            }
            if !outcomes.isEmpty { await site.states.forget() }
            return nil
        } catch {
            return error.all[0]
        }
    }
}
