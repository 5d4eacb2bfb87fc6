import ApusCore
import ApusEngine
import Hummingbird

/// What the journal says: how long things take, what fails, what waits, how fast releases arrive.
struct AnalyticsPage: Sendable {
    var notices: [Notice]
    var runs: String
    var median: String?
    var longest: String?
    var failed: String
    var next: String
    var tables: [FiguresTable]
    var isEmpty: Bool
    /// Whether nothing could be read yet.
    var isUnread: Bool

    static let routes = [
        Route(.pages, .get, "/analytics", .look) { exchange in
            let site = exchange.site
            let sight = try await site.states.currentOrLast()
            let analytics =
                sight.isCurrent ? try await site.analytics.current() : await site.analytics.last
            return exchange.page(
                "analytics",
                AnalyticsPage(analytics, notices: Notice.old(sight)) { exchange.page($0) },
                title: "Analytics", current: "/analytics")
        }
    ]

    init(_ analytics: Analytics?, notices: [Notice], page: (String) -> String) {
        self.notices = notices
        let dots = analytics?.own.runs ?? []
        let series = DurationSeries(dots.map(\.duration))
        runs = "\(dots.count)"
        median = series.map { Words.duration($0.median) }
        longest = series.map { Words.duration($0.longest) }
        failed = "\(dots.count { $0.status == "failed" })"
        next = Self.next(analytics?.forecast)
        tables = analytics.map { Self.tables($0, page) } ?? []
        isUnread = analytics == nil
        isEmpty = !isUnread && dots.isEmpty
    }

    private static func tables(_ analytics: Analytics, _ page: (String) -> String) -> [FiguresTable]
    {
        withoutActuallyEscaping(page) { AnalyticsTables(analytics: analytics, page: $0).all }
    }

    /// `about 3.20 s`, `about 3.20 s and 1 that nobody has run`.
    private static func next(_ forecast: Forecast?) -> String {
        guard let forecast, !forecast.items.isEmpty else { return "nothing pending" }
        let unknown = forecast.unknownCount
        if unknown == forecast.items.count { return "not known" }
        let rest = unknown > 0 ? ", and \(unknown) nobody has run" : ""
        return "about \(Words.duration(forecast.total))\(rest)"
    }
}
