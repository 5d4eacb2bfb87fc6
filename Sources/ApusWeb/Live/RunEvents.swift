import ApusCore
import ApusEngine

/// The events of a run for its page: the whole live part, drawn anew with each change.
///
/// An event's id is `ENTRIES-COUNT`: how many entries the run's journal had, and a counter between
/// two of them. Whoever comes back is sent the state as it is now, which holds all that happened
/// meanwhile.
struct PageEvents: EventStream.Teller {
    let site: Site

    func events(of seen: RunWatches.Sighting) -> [EventStream.Event] {
        guard let sight = seen.sight else { return [] }
        let html = seen.drawing.html {
            let view = RunView(
                sight, seen.log, now: site.migrator.now(), failure: seen.failure)
            return site.templates.text(view, of: "live")
        }
        let id = "\(sight.record.journal.count)-\(seen.number)"
        let state = EventStream.Event(id: id, name: "state", data: html)
        guard seen.isOver else { return [state] }
        return [state, .init(id: id, name: "over", data: sight.record.status.rawValue)]
    }
}

/// The events of a run for programs: the journal's entries as they come and whenever they change
/// (`entry`), what goes on between them (`activity`), and the run when it is over (`over`).
///
/// An event's id is `ENTRIES-COUNT`: how many entries, from the first on, are told as they will
/// stay, and a counter. Whoever comes back with it is sent the entries behind those, an entry
/// that had only begun once more.
struct DocumentEvents: EventStream.Teller {
    /// How many entries a returning client has.
    private let known: Int
    /// The entries behind those, as they were told last.
    private var told: [JournalEntry] = []

    /// - Parameter last: The id of the last event that a returning client had.
    init(after last: String?) {
        known = max(0, last?.split(separator: "-").first.flatMap { Int($0) } ?? 0)
    }

    mutating func events(of seen: RunWatches.Sighting) -> [EventStream.Event] {
        guard let sight = seen.sight else { return [] }
        var events: [EventStream.Event] = []
        for (index, entry) in sight.record.journal.dropFirst(known).enumerated() {
            if index < told.count {
                guard told[index] != entry else { continue }
                told[index] = entry
            } else {
                told.append(entry)
            }
            events.append(
                .init(
                    id: "\(settled)-0", name: "entry", data: JSONAnswer.text(JournalDocument(entry))
                ))
        }
        events.append(
            .init(
                id: "\(settled)-\(seen.number)", name: seen.isOver ? "over" : "activity",
                data: JSONAnswer.text(RunDocument(sight))))
        return events
    }

    /// How many entries from the first on are told and will not change any more.
    private var settled: Int {
        known + (told.firstIndex { $0.status == .started } ?? told.count)
    }
}
