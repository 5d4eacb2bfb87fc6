import ApusCore
import ApusEngine
import Mustache

/// What the event streams of a run send.
///
/// An event's id is `ENTRIES-COUNT`: how many entries the run's journal had, and a counter between
/// two of them. Whoever comes back with such an id is sent the state as it is now, which holds all
/// that happened meanwhile, and by the API the journal's entries that came since.
enum RunEvents {
    /// For the page: the whole live part, drawn anew with each change.
    static func pages(_ id: RunID, _ site: Site) async -> AsyncStream<EventStream.Event> {
        let sightings = await site.watches.sightings(of: id)
        return AsyncStream { continuation in
            let task = Task {
                for await seen in sightings {
                    guard let sight = seen.sight else { continue }
                    let view = RunView(
                        sight, seen.log, now: site.migrator.now(), failure: seen.failure)
                    let html = site.templates.render(view, withTemplate: "live") ?? ""
                    let event = "\(sight.record.journal.count)-\(seen.number)"
                    continuation.yield(.init(id: event, name: "state", data: html))
                    if seen.isOver {
                        continuation.yield(
                            .init(id: event, name: "over", data: sight.record.status.rawValue))
                    }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

extension RunEvents {
    /// For programs: the journal's entries as they come (`entry`), what goes on between them
    /// (`activity`), and the run when it is over (`over`).
    ///
    /// - Parameter last: The id of the last event that a returning client had.
    static func documents(
        _ id: RunID, after last: String?, _ site: Site
    ) async -> AsyncStream<EventStream.Event> {
        let sightings = await site.watches.sightings(of: id)
        let seenBefore = last?.split(separator: "-").first.flatMap { Int($0) } ?? 0
        return AsyncStream { continuation in
            let task = Task {
                var told = max(0, seenBefore)
                for await seen in sightings {
                    guard let sight = seen.sight else { continue }
                    let journal = sight.record.journal
                    for (index, entry) in journal.enumerated().dropFirst(told) {
                        continuation.yield(
                            .init(
                                id: "\(index + 1)-0", name: "entry",
                                data: JSONAnswer.text(JournalDocument(entry))))
                    }
                    told = max(told, journal.count)
                    continuation.yield(
                        .init(
                            id: "\(told)-\(seen.number)", name: seen.isOver ? "over" : "activity",
                            data: JSONAnswer.text(RunDocument(sight))))
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}
