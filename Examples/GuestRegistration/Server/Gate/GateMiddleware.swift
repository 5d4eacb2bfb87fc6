import HTTPTypes
import Hummingbird
import Logging

/// Lets requests through while the database can be worked with, and shows the maintenance notice
/// while it cannot.
struct GateMiddleware: RouterMiddleware {
    let watch: GateWatch

    private struct Values {
        var reason: String
        var again: String
    }

    func handle(
        _ request: Request, context: HostContext,
        next: (Request, HostContext) async throws -> Response
    ) async throws -> Response {
        if case .closed(let reason) = watch.state { return notice(reason, request, context) }
        do {
            return try await next(request, context)
        } catch let problem as DatabaseProblem {
            context.logger.error("a statement failed", metadata: ["error": "\(problem.message)"])
            if case .closed(let reason) = await watch.look() {
                return notice(reason, request, context)
            }
            throw HTTPError(
                .serviceUnavailable, message: "The database did not answer as it should.")
        }
    }

    private func notice(
        _ reason: String, _ request: Request, _ context: HostContext
    ) -> Response {
        let again = request.method == .get ? request.uri.path : "/"
        var response = Page.response(
            "maintenance", Values(reason: reason, again: again), title: "Maintenance",
            context: context, status: .serviceUnavailable)
        response.headers[.retryAfter] = "5"
        return response
    }
}
