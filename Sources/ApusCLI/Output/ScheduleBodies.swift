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
    var target: TargetBody?
    var entry: Int64
    var kind: String
    var state: String
    var summary: String
    var planDigest: String
    var notBefore: String
    var notAfter: String
    var said: String
    var createdAt: String
    var createdBy: String
    var endedAt: String?
    var run: Int64?
    var reverts: Int64?
    var message: String?

    init(_ entry: ScheduleEntry, _ target: DatabaseTarget? = nil) {
        self.target = target.map(TargetBody.init)
        self.entry = entry.id.number
        kind = entry.kind.rawValue
        state = entry.state.rawValue
        summary = entry.draft.summary
        planDigest = entry.draft.planDigest.hex
        notBefore = entry.draft.notBefore.isoText
        notAfter = entry.draft.notAfter.isoText
        said = entry.draft.said
        createdAt = entry.createdAt.isoText
        createdBy = entry.draft.createdBy
        endedAt = entry.endedAt?.isoText
        run = entry.run?.number
        reverts = entry.draft.reverts?.number
        message = entry.message
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
