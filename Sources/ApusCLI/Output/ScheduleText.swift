import ApusCore
import ApusEngine

/// Entries of the schedule, for people.
struct ScheduleText {
    let console: Console

    /// One line of the list.
    func line(_ entry: ScheduleEntry, now: Timestamp) -> String {
        let (glyph, role) = Self.look(entry.state)
        let number = Wording.padded("\(entry.id)", 3)
        let state = Wording.padded(entry.state.rawValue, 9)
        let kind = Wording.padded(entry.kind.rawValue, 8)
        let time = Self.span(entry.draft.notBefore, entry.draft.notAfter)
        return
            "  \(console.paint(glyph, role)) \(number)  \(console.paint(state, role))  \(kind)  \(time)  by \(entry.draft.createdBy)  \(entry.draft.summary)"
    }

    func print(_ entry: ScheduleEntry, now: Timestamp) {
        let (glyph, role) = Self.look(entry.state)
        console.answer(
            "\(console.paint("\(glyph) Entry \(entry.id)", role)) · \(entry.kind.rawValue) · \(entry.state.rawValue)"
        )
        console.print("  \(entry.draft.summary)")
        if let run = entry.draft.reverts {
            console.print("  takes run \(run) back, unless it is confirmed")
        }
        console.print(
            "  begins between \(Self.span(entry.draft.notBefore, entry.draft.notAfter, by: "and"))")
        console.print("  asked for: \(entry.draft.said), by \(entry.draft.createdBy)")
        console.print("  plan    \(entry.draft.planDigest.hex)")
        if let ended = entry.endedAt { console.print("  ended   \(Wording.moment(ended))") }
        if let run = entry.run { console.print("  run     \(run)") }
        if let message = entry.message {
            console.print(
                "  \(message.split(separator: "\n").joined(separator: "\n          "))")
        }
        console.print("Next: \(next(entry))")
    }

    private func next(_ entry: ScheduleEntry) -> String {
        switch entry.state {
        case .waiting:
            entry.draft.reverts.map { "apus confirm \($0)" } ?? "apus schedule cancel \(entry.id)"
        case .missed, .changed: "apus schedule \(entry.kind == .migrate ? "migrate" : "rollback") …"
        case .running, .done, .failed, .cancelled, .confirmed:
            entry.run.map { "apus runs show \($0)" } ?? "apus schedule list"
        }
    }

    /// `29 Mar 2026 01:00 to 02:00 UTC`
    static func span(_ from: Timestamp, _ to: Timestamp, by word: String = "to") -> String {
        let (first, last) = (Wording.moment(from), Wording.moment(to))
        let day = first.prefix { $0 != ":" }.split(separator: " ").dropLast()
        let isSameDay = last.split(separator: " ").dropLast() == day
        let end = isSameDay ? String(last.split(separator: " ").last ?? "") : last
        return "\(first) \(word) \(end) UTC"
    }

    private static func look(_ state: ScheduleEntry.State) -> (String, Console.Role) {
        switch state {
        case .waiting: ("○", .pending)
        case .running: ("◐", .pending)
        case .done, .confirmed: ("✓", .good)
        case .failed: ("✗", .bad)
        case .changed: ("≠", .warning)
        case .missed: ("!", .warning)
        case .cancelled: ("·", .faint)
        }
    }
}
