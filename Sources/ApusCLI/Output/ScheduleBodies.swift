import ApusCore
import ApusEngine

/// `apus.schedule/1`
struct ScheduleBody: Encodable {
    var target: TargetBody
    var entries: [ScheduleEntryBody]

    init(_ entries: [ScheduleEntry], _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        self.entries = entries.map { ScheduleEntryBody($0) }
    }
}

/// An entry of the schedule; alone: `apus.schedule-entry/1`
struct ScheduleEntryBody: Encodable {
    private enum Key: CodingKey { case target }

    private let target: TargetBody?
    private let document: ScheduleEntryDocument

    init(_ entry: ScheduleEntry, _ target: DatabaseTarget? = nil) {
        self.target = target.map(TargetBody.init)
        document = ScheduleEntryDocument(entry)
    }

    /// Everything beside each other, in one object.
    func encode(to encoder: any Encoder) throws {
        try document.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(target, forKey: .target)
    }
}

/// `apus.due/1`
struct DueBody: Encodable {
    struct Outcome: Encodable {
        var entry: ScheduleEntryBody
        var outcome: String
        var run: Int64?
        var databaseVersion: String?
        var problem: DiagnosticBody?
    }

    var target: TargetBody
    var outcomes: [Outcome]

    init(_ outcomes: [DueOutcome], _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        self.outcomes = outcomes.map { outcome in
            let word =
                switch outcome.ending {
                case .ran(let report): report.failure == nil ? "done" : "failed"
                case .refused(let problem): problem.code == .scheduleMissed ? "missed" : "refused"
                case .postponed: "postponed"
                }
            return Outcome(
                entry: ScheduleEntryBody(outcome.entry), outcome: word,
                run: outcome.report?.run?.number,
                databaseVersion: outcome.report?.version?.description,
                problem: outcome.problem.map(DiagnosticBody.init))
        }
    }
}
