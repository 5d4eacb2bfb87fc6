import ApusWeb
import Hummingbird

/// Tells Apus who is signed in here: whoever may see trips may see the database's pages, and
/// operators may act there.
struct HostAuthorizer: Authorizer {
    let sessions: Sessions

    func visitor(of request: Request, from address: String?) async throws -> Visitor? {
        sessions.find(request).map { session in
            Visitor(
                name: session.account.name, session: session.token, access: session.account.access)
        }
    }

    var signInPath: String? { "/sign-in" }
    var signOutPath: String? { "/sign-out" }
}
