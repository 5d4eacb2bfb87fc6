import ApusCore
import ApusEngine

/// `apus.analytics/1`
struct AnalyticsBody: Encodable {
    var target: TargetBody
    /// This database's own, at the top level: that is what `--from` reads elsewhere.
    var own: FiguresDocument
    var others: [FiguresDocument]
    var forecast: ForecastBody

    init(_ analytics: Analytics, _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        own = FiguresDocument(analytics.own)
        others = analytics.environments.dropFirst().map(FiguresDocument.init)
        forecast = ForecastBody(analytics.forecast)
    }

    private enum Key: String, CodingKey { case target, others, forecast }

    func encode(to encoder: any Encoder) throws {
        try own.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(target, forKey: .target)
        try container.encode(others, forKey: .others)
        try container.encode(forecast, forKey: .forecast)
    }
}

struct ForecastBody: Encodable {
    struct Item: Encodable {
        var migration: String
        var seconds: Double?
        var environment: String?
    }

    /// The sum of what is known.
    var seconds: Double
    /// How many nobody has run.
    var unknown: Int
    var migrations: [Item]

    init(_ forecast: Forecast) {
        seconds = forecast.total.inSeconds
        unknown = forecast.unknownCount
        migrations = forecast.items.map {
            Item(
                migration: $0.migration.description, seconds: $0.estimate?.inSeconds,
                environment: $0.environment)
        }
    }
}
