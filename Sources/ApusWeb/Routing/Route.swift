import Hummingbird

/// One thing that can be asked for: where it is, what it needs, and what answers it.
///
/// Every route of the pages, the API and the health checks is such a value in ``Site/routes``, and
/// ``Gatekeeper`` stands before each of them: nothing answers that is not listed (W2).
struct Route: Sendable {
    /// The path of whatever no other route has.
    static let anythingElse = "/**"

    /// What the path is below.
    enum Place: String, Hashable, Sendable {
        /// Below ``Configuration/pages``; errors are pages.
        case pages
        /// Below ``Configuration/api``; errors are problem documents.
        case api
        /// Of the server as a whole: `/health`, `/metrics`; errors are problem documents.
        case server
    }

    enum Need: Hashable, Sendable {
        /// Answers everybody.
        case nothing
        /// Somebody who may look.
        case look
        /// Somebody who has the role.
        case act(Role)
    }

    var place: Place
    var method: HTTPRequest.Method
    /// Below its place; empty for the place itself.
    var path: String
    var need: Need
    /// A POST that changes nothing beyond the browser it came from: a theme, a sign-in. Its origin
    /// is checked; a form token is not, because there may be no session yet.
    var isHarmless: Bool
    /// Whether it is answered from memory, or with one answer for all who ask in the same moment: it
    /// has a limit of its own.
    var isShared: Bool
    /// Whether it stays open: an event stream.
    var isStream: Bool
    var answer: @Sendable (Exchange) async throws -> Response

    init(
        _ place: Place, _ method: HTTPRequest.Method, _ path: String, _ need: Need,
        isHarmless: Bool = false, isStream: Bool = false, isShared: Bool = false,
        answer: @escaping @Sendable (Exchange) async throws -> Response
    ) {
        self.place = place
        self.method = method
        self.path = path
        self.need = need
        self.isHarmless = isHarmless
        self.isStream = isStream
        self.isShared = isShared
        self.answer = answer
    }
}
