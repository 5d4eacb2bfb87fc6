import ApusCore
import ApusEngine
import Hummingbird

/// What orchestrators ask. They need no session, and are told nothing but words.
enum HealthRoutes {
    static let routes = [
        Route(.server, .get, "/health/live", .nothing, isShared: true) { _ in
            JSONAnswer.response(HealthDocument(status: "alive"))
        },
        Route(.server, .get, "/health/ready", .nothing, isShared: true, answer: ready),
    ]

    /// Behind → 503; ahead → 200; a run in progress → 200.
    private static func ready(_ exchange: Exchange) async throws -> Response {
        do throws(Diagnostics) {
            let sight = try await exchange.site.states.current(atMost: VersionAPI.patience)
            return answer(Readiness(sight.overview))
        } catch {
            // Files that cannot be read, for one, say nothing about the database.
            return JSONAnswer.response(
                HealthDocument(status: error.isConnection ? "unreachable" : "unknown"),
                status: .serviceUnavailable)
        }
    }

    private static func answer(_ readiness: Readiness) -> Response {
        JSONAnswer.response(
            HealthDocument(status: readiness.rawValue),
            status: readiness.isReady ? .ok : .serviceUnavailable)
    }
}

/// Whether the application may take requests.
enum Readiness: String, Hashable, Sendable {
    case ready
    /// A run goes on, from a database that already serves the application.
    case running
    case ahead
    case behind
    case applicationTooOld = "application-too-old"

    init(_ overview: Overview) {
        self =
            switch overview.state.compatibility.verdict {
            case .applicationTooOld: .applicationTooOld
            case .databaseTooOld: .behind
            case _ where overview.liveRun != nil: .running
            case .databaseAhead: .ahead
            case .compatible: .ready
            }
    }

    var isReady: Bool {
        switch self {
        case .ready, .running, .ahead: true
        case .behind, .applicationTooOld: false
        }
    }
}

struct HealthDocument: Encodable {
    var status: String
}
