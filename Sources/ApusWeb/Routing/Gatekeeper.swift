import ApusCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Stands before every route: host, rate, visitor, rights, body, origin and form token, in that
/// order; and gives every answer its protective headers.
struct Gatekeeper: Sendable {
    let site: Site

    func answer(
        _ route: Route, _ request: Request, _ parameters: Parameters, address: String?,
        logger: Logger
    ) async -> Response {
        var visitor: Visitor?
        do {
            // Probes and scrapers come to a bare address, and are told nothing but figures.
            if route.place != .server || route.need != .nothing { try checkHost(request) }
            visitor = try await site.authorizer.visitor(of: request, from: address)
            try checkRate(route, visitor, address)
            if route.method != .get, route.method != .head { try checkOrigin(request, visitor) }
            try checkRights(visitor, route, request)
            let body = try await collect(request, route)
            let form = Self.isForm(request) ? Form(body) : Form()
            if route.method != .get, route.method != .head, !route.isHarmless {
                try checkToken(request, form, visitor)
            }
            let exchange = Exchange(
                site: site, request: request, parameters: parameters, visitor: visitor,
                address: address, place: route.place, body: body, form: form, logger: logger)
            return Protection.headers(on: try await route.answer(exchange), site.configuration)
        } catch {
            let problem = Self.problem(error, logger)
            let exchange = Exchange(
                site: site, request: request, parameters: parameters, visitor: visitor,
                address: address, place: route.place, body: ByteBuffer(), form: Form(),
                logger: logger)
            return Protection.headers(
                on: await ProblemAnswer.response(problem, exchange), site.configuration)
        }
    }

    // MARK: Checks

    private func checkHost(_ request: Request) throws {
        guard !site.hosts.allows(request.head.authority) else { return }
        throw Problem(
            .misdirectedRequest, "This server is not known under that name",
            detail: "Add the name to `hosts` where the pages are mounted.")
    }

    private func checkRate(_ route: Route, _ visitor: Visitor?, _ address: String?) throws {
        let client = visitor.map { "session \($0.session)" } ?? "address \(address ?? "unknown")"
        let rates = route.isShared ? site.sharedRates : site.rates
        guard let seconds = rates.take(client) else { return }
        throw Problem(
            .tooManyRequests, "Too many requests",
            detail: "Try again in \(seconds) second\(seconds == 1 ? "" : "s").",
            headers: [.retryAfter: String(seconds)])
    }

    /// Browsers say where a form was sent from; another site's is refused (W1).
    private func checkOrigin(_ request: Request, _ visitor: Visitor?) throws {
        if visitor?.isProgram == true { return }
        let isOurs =
            if let origin = request.headers[.origin] {
                HostCheck.isSame(origin: origin, authority: request.head.authority)
            } else {
                request.headers[.secFetchSite] == "same-origin"
            }
        guard !isOurs else { return }
        throw Problem(
            .forbidden, "The request does not come from this site's own pages",
            detail: "Open the page here and press its button again.")
    }

    private func checkRights(_ visitor: Visitor?, _ route: Route, _ request: Request) throws {
        let role: Role?
        switch route.need {
        case .nothing: return
        case .look: role = nil
        case .act(let needed): role = needed
        }
        guard let visitor else { throw unknownVisitor(route, request) }
        guard visitor.access.allows(role) else {
            throw Problem(
                .forbidden,
                role == nil
                    ? "\(visitor.name) may not see this" : "\(visitor.name) may look, and not act",
                detail: role.map { "It needs the role “\($0.rawValue)”." })
        }
    }

    private func unknownVisitor(_ route: Route, _ request: Request) -> Problem {
        if route.place == .pages, let signIn = site.authorizer.signInPath {
            let back = route.method == .get ? request.uri.string : site.configuration.pages
            return Problem(
                .seeOther, "Sign in first",
                headers: [.location: "\(signIn)?return=\(back.queryEncoded)"])
        }
        return Problem(
            .unauthorized, "Nobody is signed in",
            detail: "Send a token: Authorization: Bearer …",
            headers: [.wwwAuthenticate: "Bearer realm=\"apus\""])
    }

    private func checkToken(_ request: Request, _ form: Form, _ visitor: Visitor?) throws {
        if visitor?.isProgram == true { return }
        let token = form["token"] ?? request.headers[.formToken] ?? ""
        guard site.tokens.nonce(of: token, for: visitor?.session ?? "") == nil else { return }
        throw Problem(
            .forbidden, "The form is not one that was drawn for this session",
            detail: "It may have been open since before you signed in. Load the page again.")
    }

    // MARK: Body

    private func collect(_ request: Request, _ route: Route) async throws -> ByteBuffer {
        guard route.method != .get, route.method != .head else { return ByteBuffer() }
        let limit = site.configuration.limits.bodyBytes
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit {
            throw Self.tooLarge(limit)
        }
        let body = request.body
        let time = site.configuration.limits.bodyTime
        return try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask {
                do {
                    return try await body.collect(upTo: limit)
                } catch is NIOTooManyBytesError {
                    throw Self.tooLarge(limit)
                }
            }
            group.addTask {
                try await Task.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let body = first else {
                throw Problem(
                    .requestTimeout, "The request took too long to arrive",
                    headers: [.connection: "close"])
            }
            return body
        }
    }

    private static func tooLarge(_ limit: Int) -> Problem {
        Problem(
            .contentTooLarge, "The request is too large",
            detail: "At most \(limit) bytes are taken.", headers: [.connection: "close"])
    }

    private static func isForm(_ request: Request) -> Bool {
        request.headers[.contentType]?.lowercased()
            .hasPrefix("application/x-www-form-urlencoded") ?? false
    }

    // MARK: Failures

    private static func problem(_ error: any Error, _ logger: Logger) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let diagnostics as Diagnostics:
            let problem = Problem(diagnostics)
            if problem.status.code >= 500 {
                let first = diagnostics.all[0]
                logger.error(
                    "a request failed",
                    metadata: [
                        "code": "\(first.code.rawValue)", "message": "\(first.message)",
                        "details": "\(first.details.joined(separator: "; "))",
                    ])
            }
            return problem
        case let error as any HTTPResponseError:
            return Problem(error.status, error.status.reasonPhrase)
        default:
            // What other people's code says may hold what nobody should see: it goes to the log.
            logger.error("a request failed", metadata: ["error": "\(error)"])
            return Problem(.internalServerError, "Something went wrong here")
        }
    }
}

extension HTTPField.Name {
    static let formToken = HTTPField.Name("X-Apus-Token")!
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
