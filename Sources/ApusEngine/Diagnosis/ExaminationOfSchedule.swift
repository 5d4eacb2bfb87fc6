import ApusCore

/// What was scheduled: what nobody ran, and what waits for a confirmation.
extension Examination {
    var schedule: [Finding] {
        switch seen.schedule {
        case nil: return []
        case .failure(let error)?: return [Finding(.schedule, error.diagnostic)]
        case .success(let entries)?:
            let waiting = entries.filter(\.isOpen).sorted { $0.id < $1.id }.map { entry in
                guard let run = entry.draft.reverts else {
                    return Finding(
                        .schedule, .notice,
                        "entry \(entry.id) is \(entry.state.rawValue): \(entry.draft.summary)",
                        details: [entry.draft.said],
                        help: ["apus schedule show \(entry.id)"])
                }
                return Finding(
                    .schedule, .warning,
                    "run \(run) is taken back from \(entry.draft.notBefore.isoText) on, unless it is confirmed",
                    help: ["apus confirm \(run)"])
            }
            return ScheduleEntry.reports(entries, now: seen.now).map { Finding(.schedule, $0) }
                + waiting
        }
    }
}
