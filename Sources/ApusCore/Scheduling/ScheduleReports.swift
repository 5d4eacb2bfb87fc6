extension ScheduleEntry {
    /// For how long an entry that was not run is reported, unless it is taken away.
    private static let reportedFor: Int64 = 7 * 86_400 * 1_000_000

    /// What everybody who looks at the database is to know of its schedule: `schedule-missed` and
    /// `plan-changed` of late. Pure.
    public static func reports(_ entries: [ScheduleEntry], now: Timestamp) -> [Diagnostic] {
        entries.sorted { $0.id < $1.id }.compactMap { entry in
            if let ended = entry.endedAt, now.microseconds - ended.microseconds > reportedFor {
                return nil
            }
            switch entry.state {
            case .missed: return entry.missedReport
            case .waiting where entry.draft.notAfter < now: return entry.missedReport
            case .changed: return entry.changedReport
            case .failed where entry.run == nil || entry.kind == .revert:
                return entry.changedReport
            default: return nil
            }
        }
    }

    /// `schedule-missed`, as everybody says it.
    public var missedReport: Diagnostic {
        Diagnostic(
            .scheduleMissed, "entry \(id) of the schedule was missed: \(draft.summary)",
            severity: .warning,
            details: [
                "its time was \(draft.said), and nobody was there: no apus serve, no apus run-due"
            ], state: "nothing was run.", help: ways)
    }

    private var changedReport: Diagnostic {
        Diagnostic(
            .planChanged, "entry \(id) of the schedule was not run: \(draft.summary)",
            severity: .warning,
            details: (message ?? "").split(separator: "\n").map(String.init),
            state: "nothing was run.", help: ways)
    }

    private var ways: [String] {
        let again =
            switch kind {
            case .migrate: "schedule it again: apus schedule migrate --at …"
            case .rollback: "schedule it again: apus schedule rollback VERSION --at …"
            case .revert: "take it back by hand: apus rollback VERSION"
            }
        return [again, "take this report away: apus schedule cancel \(id)"]
    }

    /// Whether it is shown to everybody who looks: it is open.
    public var isOpen: Bool { !state.isFinal }
}
