import ApusCore
import ApusEngine
import Hummingbird

/// Everything that could be wrong, and whether it is: what `apus doctor` finds, and what an
/// application asks.
struct HealthPage: Sendable {
    struct Check: Sendable {
        var name: String
        var state: Tone
        var text: String
        var details: [String]
        var hasDetails: Bool
        var help: [String]
        var hasHelp: Bool
    }

    var checks: [Check]
    var summary: Tone
    var readAt: String

    static let routes = [
        Route(.pages, .get, "/health", .look) { exchange in
            let site = exchange.site
            async let diagnosis = site.migrator.diagnose(readsBackup: false)
            // A database that was never reached has no state; the diagnosis says why.
            let sight = try? await site.states.currentOrLast()
            let page = HealthPage(await diagnosis, sight, now: site.migrator.now())
            return exchange.page("health", page, title: "Health", current: "/health")
        }
    ]

    init(_ diagnosis: Diagnosis, _ sight: StateReader.Sight?, now: Timestamp) {
        checks =
            (sight.map { HealthChecks.ofState($0, now) } ?? [])
            + diagnosis.findings.map { Check($0) }
        let bad = checks.count { $0.state.tone == "bad" }
        let warned = checks.count { $0.state.tone == "warn" }
        summary =
            bad > 0
            ? Tone("bad", "✗", Words.count(bad, "problem"))
            : warned > 0
                ? Tone("warn", "▲", Words.count(warned, "thing") + " to look at")
                : Tone("good", "✓", "all is well")
        readAt = Words.moment(now)
    }
}

extension HealthPage.Check {
    init(
        _ name: String, _ tone: String, _ text: String, details: [String] = [], help: [String] = []
    ) {
        let state =
            switch tone {
            case "good": Tone("good", "✓", "well")
            case "next": Tone("next", "○", "to do")
            case "calm": Tone("calm", "●", "note")
            case "warn": Tone("warn", "▲", "look")
            default: Tone("bad", "✗", "problem")
            }
        self.init(
            name: name, state: state, text: text, details: details, hasDetails: !details.isEmpty,
            help: help, hasHelp: !help.isEmpty)
    }

    init(_ finding: Diagnosis.Finding) {
        let tone =
            switch finding.level {
            case .good: "good"
            case .notice: "calm"
            case .warning: "warn"
            case .error: "bad"
            }
        self.init(
            finding.area.rawValue.capitalizedFirst, tone, finding.message.capitalizedFirst + ".",
            details: finding.details, help: finding.help)
    }
}

/// What an application and whoever deploys it ask, beyond what the diagnosis looks at.
enum HealthChecks {
    static func ofState(_ sight: StateReader.Sight, _ now: Timestamp) -> [HealthPage.Check] {
        let state = sight.overview.state
        return [compatibility(state), pending(state), run(sight.overview), backup(sight, now)]
    }

    private static func compatibility(_ state: DatabaseState) -> HealthPage.Check {
        .init(
            "Compatibility", state.compatibility.isCompatible ? "good" : "bad",
            state.compatibility.reasons.joined(separator: " "))
    }

    private static func pending(_ state: DatabaseState) -> HealthPage.Check {
        let count = state.count(of: .pending) + state.count(of: .late)
        return count == 0
            ? .init("Pending", "good", "Nothing is pending.")
            : .init("Pending", "next", "\(Words.count(count, "migration")) pending.")
    }

    private static func run(_ overview: Overview) -> HealthPage.Check {
        guard let last = overview.runs.first else {
            return .init("Last run", "good", "Nothing has run yet.")
        }
        let text = "Run \(last.id), \(Words.moment(last.startedAt)) UTC: "
        return switch Tone(last.status, isLive: overview.liveRun?.id == last.id) {
        case let tone where tone.tone == "good" || tone.tone == "live":
            .init("Last run", "good", text + tone.word + ".")
        case let tone: .init("Last run", tone.tone, text + tone.word + ".")
        }
    }

    private static func backup(_ sight: StateReader.Sight, _ now: Timestamp) -> HealthPage.Check {
        if let failure = sight.backupFailure {
            return .init("Last backup", "bad", failure.all[0].message.capitalizedFirst + ".")
        }
        guard let last = sight.backups.first else {
            return .init("Last backup", "warn", "There is none.", help: ["apus backup"])
        }
        let text = "\(Moments.ago(last.takenAt, now)), \(Words.bytes(last.bytes)), \(last.name)"
        return .init(
            "Last backup", last.isSound ? "good" : "bad",
            last.isSound ? text : "\(text): \(last.problem ?? "not verified")")
    }
}
