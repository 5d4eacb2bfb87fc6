import Hummingbird
import Logging

/// Signing in and out with Apus's own users; a host with users of its own has no such pages.
struct SignInPage: Sendable {
    var action: String
    var back: String
    var name: String
    var failure: String?
    var hasUsers: Bool

    static func routes(_ authorizer: any Authorizer) -> [Route] {
        guard let signIn = authorizer as? SignIn else { return [] }
        return [
            Route(.pages, .get, "/sign-in", .nothing) { try form($0, signIn) },
            Route(.pages, .post, "/sign-in", .nothing, isHarmless: true) {
                try await enter($0, signIn)
            },
            Route(.pages, .post, "/sign-out", .look) { leave($0, signIn) },
        ]
    }

    private static func form(_ exchange: Exchange, _ signIn: SignIn) throws -> Response {
        // Asking for the head alone uses nothing up.
        if let secret = exchange.query("once"), exchange.request.method == .get {
            guard let (name, access) = signIn.redeem(secret) else {
                return page(
                    exchange, signIn, status: .gone,
                    failure:
                        "That link was used before, is older than an hour, or never was one. Start apus serve again for a new one."
                )
            }
            return admit(name, access, exchange, signIn, to: exchange.page())
        }
        if exchange.visitor != nil { return exchange.redirect(to: exchange.page()) }
        return page(exchange, signIn)
    }

    private static func enter(_ exchange: Exchange, _ signIn: SignIn) async throws -> Response {
        let name = exchange.form["name"] ?? ""
        let answer = await signIn.verifier.verify(
            name, exchange.form["password"] ?? "", from: exchange.address)
        switch answer {
        case .right:
            guard let user = signIn.users.first(where: { $0.name == name }) else {
                throw Problem(.internalServerError, "Something went wrong here")
            }
            exchange.logger.info("signed in", metadata: ["name": "\(name)"])
            return admit(
                name, user.access, exchange, signIn,
                to: LocalPath.checked(exchange.form["return"], exchange))
        case .wrong:
            exchange.logger.warning(
                "sign-in refused", metadata: ["name": "\(Self.loggable(name))"])
            return page(
                exchange, signIn, status: .forbidden, failure: "Name or password is wrong.")
        case .throttled(let seconds):
            exchange.logger.warning(
                "sign-in throttled", metadata: ["name": "\(Self.loggable(name))"])
            var response = page(
                exchange, signIn, status: .tooManyRequests,
                failure: "Too many tries. Wait \(Words.count(seconds, "second")) and try again.")
            response.headers[.retryAfter] = String(seconds)
            return response
        }
    }

    /// What anybody can send, as a part of one line.
    private static func loggable(_ name: String) -> String {
        let scalars = name.unicodeScalars.prefix(64).map {
            $0.properties.generalCategory == .control ? "?" : Character($0)
        }
        return String(scalars)
    }

    /// A new session with a new id, whatever cookie came along; that one's session ends (W6).
    private static func admit(
        _ name: String, _ access: Access, _ exchange: Exchange, _ signIn: SignIn, to path: String
    ) -> Response {
        if let old = exchange.request.cookies[signIn.cookieName]?.value { signIn.sessions.end(old) }
        var response = exchange.redirect(to: path)
        response.setCookie(signIn.cookie(signIn.sessions.start(name, access), lasts: nil))
        return response
    }

    private static func leave(_ exchange: Exchange, _ signIn: SignIn) -> Response {
        if let id = exchange.request.cookies[signIn.cookieName]?.value { signIn.sessions.end(id) }
        var response = exchange.redirect(to: signIn.signInPath ?? exchange.page())
        response.setCookie(signIn.cookie("", lasts: 0))
        return response
    }

    private static func page(
        _ exchange: Exchange, _ signIn: SignIn, status: HTTPResponse.Status = .ok,
        failure: String? = nil
    ) -> Response {
        let values = SignInPage(
            action: exchange.page("/sign-in"),
            back: LocalPath.checked(exchange.form["return"] ?? exchange.query("return"), exchange),
            name: exchange.form["name"] ?? "", failure: failure, hasUsers: !signIn.users.isEmpty)
        return exchange.page("signin", values, title: "Sign in", status: status)
    }
}
