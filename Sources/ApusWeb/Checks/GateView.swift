import ApusCore
import ApusEngine

/// What the rehearsal gate says to a plan, in words.
struct GateView: Sendable {
    var state: Tone
    var text: String
    var isClosed: Bool

    /// `nil` where no rehearsal is required.
    init?(
        _ verdict: RehearsalGate.Verdict?, _ gate: RehearsalGate?, isRollback: Bool = false
    ) {
        guard let verdict, let gate else { return nil }
        let way =
            isRollback
            ? "Rehearse with a backup from before what is undone."
            : "Take a backup, then rehearse with it."
        let limit = Words.duration(gate.maximumAge)
        switch verdict {
        case .unneeded:
            state = Tone("good", "✓", "open")
            text = "Nothing here has to be rehearsed."
        case .open(let record, let age):
            state = Tone("good", "✓", "open")
            text =
                "Rehearsed \(Words.moment(record.passedAt)) UTC by \(record.passedBy) with \(record.backup), \(Words.duration(age)) old: it may be run."
        case .closed(.neverRehearsed):
            state = Tone("bad", "✗", "closed")
            text =
                "Exactly this plan has not been rehearsed with a backup of at most \(limit): it cannot be run before that. \(way)"
        case .closed(.outdated(let record, let age)):
            state = Tone("bad", "✗", "closed")
            text =
                "It was rehearsed with \(record.backup), which is \(Words.duration(age)) old, and \(limit) are allowed: it cannot be run before another rehearsal. \(way)"
        }
        isClosed = state.tone == "bad"
    }
}
