import HTTPTypes
import Hummingbird
import Logging

/// Stands before everything: finds the session, turns errors into pages, and gives every answer its
/// protective headers. Apus's answers come with their own.
struct PageMiddleware: RouterMiddleware {
    let sessions: Sessions

    private struct Values {
        var heading: String
        var detail: String?
    }

    private static let policy = [
        "default-src 'none'", "style-src 'self'", "img-src 'self'", "form-action 'self'",
        "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    func handle(
        _ request: Request, context: HostContext,
        next: (Request, HostContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.session = sessions.find(request)
        context.path = request.uri.path
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = Self.page(error, context)
        }
        guard response.headers[.contentSecurityPolicy] == nil else { return response }
        response.headers[.contentSecurityPolicy] = Self.policy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[HTTPField.Name("Referrer-Policy")!] = "same-origin"
        response.headers[HTTPField.Name("Cross-Origin-Opener-Policy")!] = "same-origin"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    private static func page(_ error: any Error, _ context: HostContext) -> Response {
        let status = (error as? any HTTPResponseError)?.status ?? .internalServerError
        if status == .internalServerError {
            context.logger.error("a request failed", metadata: ["error": "\(error)"])
        }
        let heading =
            switch status {
            case .notFound: "There is no such page"
            case .forbidden: "That is not allowed"
            case .serviceUnavailable: "Just now this does not work"
            case .internalServerError: "Something went wrong here"
            default: status.reasonPhrase
            }
        return Page.response(
            "problem", Values(heading: heading, detail: (error as? HTTPError)?.body),
            title: heading, context: context, status: status)
    }
}

/// Sends whoever is not signed in to where that is done.
struct SignedInMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: HostContext,
        next: (Request, HostContext) async throws -> Response
    ) async throws -> Response {
        guard context.session == nil else { return try await next(request, context) }
        let back = request.method == .get ? request.uri.path : "/"
        return Response(
            status: .seeOther, headers: [.location: "/sign-in?return=\(SignInRoutes.back(back))"])
    }
}
