import ApusCore
import ApusEngine
import Hummingbird

/// Every run that there was, newest first, with a picture of how long they took.
struct RunsPage: Sendable {
    struct Row: Sendable {
        var number: String
        var href: String
        var state: Tone
        var summary: String
        var when: String
        var who: String
        var time: String?
    }

    var notices: [Notice]
    var rows: [Row]
    var isEmpty: Bool
    var picture: String?
    var cut: String?

    static let routes = [
        Route(.pages, .get, "/runs", .look) { exchange in
            let site = exchange.site
            let sight = try await site.states.currentOrLast()
            let runs =
                sight.isCurrent
                ? try await site.migrator.runs(limit: most + 1) : sight.overview.runs
            let page = RunsPage(
                Array(runs.prefix(most)), sight, hasMore: runs.count > most, exchange)
            return exchange.page("runs", page, title: "Runs", current: "/runs")
        }
    ]

    private static let most = 100

    private init(
        _ runs: [RunRecord], _ sight: StateReader.Sight, hasMore: Bool, _ exchange: Exchange
    ) {
        notices = Notice.old(sight)
        let live = sight.overview.liveRun?.id
        rows = runs.map { run in
            Row(
                number: run.id.description, href: exchange.page("/runs/\(run.id)"),
                state: Tone(run.status, isLive: run.id == live), summary: run.summary,
                when: Words.moment(run.startedAt), who: run.startedBy,
                time: run.length.map(Words.duration))
        }
        isEmpty = runs.isEmpty
        let durations = DurationsPicture(runs.reversed())
        picture = durations.dots.count > 1 ? durations.svg : nil
        cut = hasMore ? "Older runs: apus runs list --limit N" : nil
    }
}

extension RunRecord {
    /// How long it took; `nil` while it is open.
    var length: Duration? {
        endedAt.map { .microseconds(max(0, $0.microseconds - startedAt.microseconds)) }
    }
}
