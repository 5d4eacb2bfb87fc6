import HTTPTypes
import Hummingbird

/// Signing in and out.
struct SignInRoutes: Sendable {
    let accounts: Accounts
    let sessions: Sessions

    private struct Values {
        var name = ""
        var back: String
        var failure: String?
    }

    func add(to router: some RouterMethods<HostContext>) {
        router.get("/sign-in") { request, context in
            page(
                Values(back: Self.back(request.uri.queryParameters["return"].map { String($0) })),
                context)
        }
        router.post("/sign-in") { request, context in
            try HostForm.checkOrigin(request)
            let form = try await HostForm(request, context)
            let back = Self.back(form["return"])
            switch await accounts.verify(form["name"], form["password"]) {
            case .right(let account):
                _ = sessions.end(request)
                var response = Response(status: .seeOther, headers: [.location: back])
                response.setCookie(sessions.start(account))
                return response
            case .wrong:
                return page(
                    Values(
                        name: form["name"], back: back, failure: "Name or password is wrong."),
                    context, status: .forbidden)
            case .wait(let seconds):
                let failure = "Too many tries. Wait \(seconds) s and try again."
                return page(
                    Values(name: form["name"], back: back, failure: failure), context,
                    status: .tooManyRequests)
            }
        }
        // Apus's pages sign out here as well; where the form came from is what both can show.
        router.post("/sign-out") { request, _ in
            try HostForm.checkOrigin(request)
            var response = Response(status: .seeOther, headers: [.location: "/sign-in"])
            response.setCookie(sessions.end(request))
            return response
        }
    }

    private func page(
        _ values: Values, _ context: HostContext, status: HTTPResponse.Status = .ok
    ) -> Response {
        Page.response("signin", values, title: "Sign in", context: context, status: status)
    }

    /// A path of this server, and never another one's address.
    static func back(_ text: String?) -> String {
        guard let text, text.hasPrefix("/"), !text.hasPrefix("//"), !text.contains("\\"),
            text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F })
        else { return "/" }
        return text
    }
}
