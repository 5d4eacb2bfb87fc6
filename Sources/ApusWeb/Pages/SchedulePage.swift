import ApusCore
import ApusEngine
import Hummingbird

/// What waits for its time, and what became of what had its time.
struct SchedulePage: Sendable {
    struct Row: Sendable {
        var number: String
        var href: String
        var state: Tone
        var kind: String
        var summary: String
        var time: String
        var said: String
        var who: String
    }

    var notices: [Notice]
    var rows: [Row]
    var isEmpty: Bool
    var plan: String?
    var reason: String?

    static let routes = [
        Route(.pages, .get, "/schedule", .look) { exchange in
            let sight = try await exchange.site.states.currentOrLast()
            let page = SchedulePage(sight, exchange)
            return exchange.page("schedule", page, title: "Schedule", current: "/schedule")
        }
    ]

    private init(_ sight: StateReader.Sight, _ exchange: Exchange) {
        notices = Notice.old(sight)
        rows = sight.overview.state.schedule.map { Row($0, exchange) }
        isEmpty = rows.isEmpty
        reason = Actions.obstacle(sight, exchange)
        plan =
            reason == nil && !sight.overview.state.pending.isEmpty
            ? exchange.page("/schedule/new") : nil
    }
}

extension SchedulePage.Row {
    init(_ entry: ScheduleEntry, _ exchange: Exchange) {
        number = entry.id.description
        href = exchange.page("/schedule/\(entry.id)")
        state = Tone(entry.state)
        kind = entry.kind.rawValue
        summary = entry.draft.summary
        time = ScheduleEntryPage.span(entry)
        said = entry.draft.said
        who = entry.draft.createdBy
    }
}

extension Tone {
    init(_ state: ScheduleEntry.State) {
        self =
            switch state {
            case .waiting: Tone("next", "○", "waiting")
            case .running: Tone("live", "◐", "running")
            case .done: Tone("good", "✓", "done")
            case .confirmed: Tone("good", "✓", "confirmed")
            case .failed: Tone("bad", "✗", "failed")
            case .changed: Tone("warn", "▲", "not run: changed")
            case .missed: Tone("warn", "▲", "missed")
            case .cancelled: Tone("calm", "●", "cancelled")
            }
    }
}
