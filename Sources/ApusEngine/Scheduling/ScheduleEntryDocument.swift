package import ApusCore

/// An entry of the schedule for programs: the same from the command line and from the API.
package struct ScheduleEntryDocument: Encodable {
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

    package init(_ entry: ScheduleEntry) {
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
