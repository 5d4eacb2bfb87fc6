package import ApusCore

/// `apus.analytics/1`, but for its format and target: what the command line and the API give.
package struct AnalyticsDocument: Encodable {
    /// This database's own, at the top level: that is what `--from` reads elsewhere.
    var own: FiguresDocument
    var others: [FiguresDocument]
    var forecast: ForecastDocument

    package init(_ analytics: Analytics) {
        own = FiguresDocument(analytics.own)
        others = analytics.environments.dropFirst().map(FiguresDocument.init)
        forecast = ForecastDocument(analytics.forecast)
    }

    private enum Key: String, CodingKey { case others, forecast }

    package func encode(to encoder: any Encoder) throws {
        try own.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(others, forKey: .others)
        try container.encode(forecast, forKey: .forecast)
    }
}

/// How long the next plan will take.
struct ForecastDocument: Encodable {
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
        seconds = forecast.total / .seconds(1)
        unknown = forecast.unknownCount
        migrations = forecast.items.map {
            Item(
                migration: $0.migration.description,
                seconds: $0.estimate.map { $0 / .seconds(1) }, environment: $0.environment)
        }
    }
}
