import ApusCore
import ApusEngine
import Hummingbird

/// `GET /api/analytics`
enum AnalyticsAPI {
    static let routes = [
        Route(.api, .get, "/analytics", .look) { exchange in
            JSONAnswer.response(
                AnalyticsAnswer(
                    document: AnalyticsDocument(try await exchange.site.analytics.current())))
        }
    ]
}

/// The same as the command line gives, without its target: what is kept in a file is read by
/// `apus analytics --from` elsewhere.
struct AnalyticsAnswer: Encodable {
    var document: AnalyticsDocument

    private enum Key: String, CodingKey { case format }

    func encode(to encoder: any Encoder) throws {
        try document.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(FiguresFile.format, forKey: .format)
    }
}
