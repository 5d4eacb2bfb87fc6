import ApusCore
import ApusEngine

/// What can be done now, or why not.
struct Actions: Sendable {
    /// Whether anything may be started.
    var isOn: Bool
    /// Why nothing may be started; `nil` where it may, or where it is plain that there is nothing.
    var reason: String?
    var runLabel: String?
    var runHref: String?
    var backupHref: String?

    init(_ sight: StateReader.Sight, _ exchange: Exchange) {
        reason = Self.obstacle(sight, exchange)
        isOn = reason == nil
        guard isOn else { return }
        let waiting = sight.overview.state.waiting
        if !waiting.isEmpty {
            runLabel = "Review and run \(Words.count(waiting.count, "migration"))…"
            runHref = exchange.page("/plan")
        }
        if Self.canBackUp(sight, exchange) { backupHref = exchange.page("/backups/new") }
    }

    /// Whether a backup can be taken by hand: it is audited, and only a registry holds the audit.
    static func canBackUp(_ sight: StateReader.Sight, _ exchange: Exchange) -> Bool {
        guard case .present = sight.overview.state.history.registry else { return false }
        return exchange.site.migrator.backups != nil
    }

    /// Why nothing can be started.
    static func obstacle(_ sight: StateReader.Sight, _ exchange: Exchange) -> String? {
        guard exchange.allows(.operator) else {
            return "You may look. Running migrations needs the role “operator”."
        }
        if !sight.isCurrent {
            return "Nothing can be started while the state of the database is not known."
        }
        if let run = sight.overview.liveRun {
            return "Run \(run.id) is going on. The next one can be started when it has ended."
        }
        if let job = exchange.site.jobs.goingOn {
            return "\(job). The next thing can be started when it has ended."
        }
        if sight.overview.activity != nil {
            return "Another process holds the migration lock."
        }
        return sight.overview.state.facts.readOnlyReason.map {
            "The database cannot be written to: \($0)."
        }
    }
}
