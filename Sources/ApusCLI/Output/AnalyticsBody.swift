import ApusCore
import ApusEngine

/// `apus.analytics/1`
struct AnalyticsBody: Encodable {
    var target: TargetBody
    var analytics: AnalyticsDocument

    init(_ analytics: Analytics, _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        self.analytics = AnalyticsDocument(analytics)
    }

    private enum Key: String, CodingKey { case target }

    func encode(to encoder: any Encoder) throws {
        try analytics.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(target, forKey: .target)
    }
}
