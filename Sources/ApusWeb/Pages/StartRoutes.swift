import ApusCore
import ApusEngine
import Hummingbird

/// Starts what a plan's page agreed to: exactly that plan, once.
enum StartRoutes {
    static let routes = [
        Route(.pages, .post, "/runs", .act(.operator), answer: start)
    ]

    private static func start(_ exchange: Exchange) async throws -> Response {
        let form = exchange.form
        let fields = try GoalFields(exchange) { form[$0] }
        guard let digest = form["digest"].flatMap(Checksum.init(hex:)) else {
            throw Problem(.badRequest, "digest is missing or no SHA-256", parameter: "digest")
        }
        if let typed = fields.typed, form["confirm"] != typed {
            return try await PlanPage.response(
                fields, exchange, status: .badRequest,
                failure: "Nothing was started. Type \(typed) to confirm.")
        }
        guard let visitor = exchange.visitor,
            let nonce = exchange.site.tokens.nonce(
                of: form["token"] ?? "", for: visitor.session)
        else { throw Problem(.forbidden, "The form is not one that was drawn for this session") }
        let accepted = try form.all("accept").map { try exchange.version($0, of: "accept") }
        let start = RunStarting(exchange: exchange, fields: fields, digest: digest)
        switch try await start.perform(
            key: "form \(nonce)", person: visitor.name, accepted: Set(accepted))
        {
        case .run(let id): return exchange.redirect(to: exchange.page("/runs/\(id)"))
        case .already(let id): return exchange.redirect(to: exchange.page("/runs/\(id)?already=1"))
        case .refused(let problem): throw problem
        case .notAccepted(let versions):
            return try await PlanPage.response(
                fields, exchange, status: .badRequest,
                failure:
                    "Nothing was started. Accept the breaking changes of \(versions.map(\.description).joined(separator: ", ")) first."
            )
        case .changed(let plan, let sentence):
            return try await ChangedPlanPage.response(
                plan, sentence, shown: form["shown"] ?? "", fields, exchange)
        }
    }
}

/// How a run comes to be started, from a page or by a program.
struct RunStarting: Sendable {
    let exchange: Exchange
    let fields: GoalFields
    let digest: Checksum

    enum Outcome: Sendable {
        case run(RunID)
        /// One that somebody else, or another tab, started; this request started none.
        case already(RunID)
        case notAccepted([SemanticVersion])
        /// The key has been used before, and leads to no run of this request.
        case refused(Problem)
        /// The plan would be another one now: as it is, or why there is none.
        case changed(Plan?, String)
    }

    func perform(
        key: String, person: String, accepted: Set<SemanticVersion>
    ) async throws -> Outcome {
        let site = exchange.site
        let order = RunOrder(
            key: key, goal: fields.goal, digest: digest, person: person,
            address: exchange.address, down: fields.down)
        if let earlier = Self.outcome(of: try await site.keeper.earlier(order)) { return earlier }
        if let live = try await site.states.current().overview.liveRun { return .already(live.id) }
        do throws(Diagnostics) {
            let plan = try await fields.migrator(site).plan(fields.goal)
            guard plan.digest == digest else { return try await changed(plan, plan.sentence) }
            let missing = Set(plan.breakingChanges.map(\.version)).subtracting(accepted)
            guard missing.isEmpty else { return .notAccepted(missing.sorted()) }
            return .run(try await site.keeper.start(order))
        } catch {
            switch error.all[0].code {
            case .requestRepeated:
                // The same order, taken by another process a moment ago.
                guard let earlier = Self.outcome(of: try await site.keeper.earlier(order))
                else { throw error }
                return earlier
            case .lockBusy, .planChanged:
                if let live = try await site.states.current().overview.liveRun {
                    return .already(live.id)
                }
                guard error.all[0].code == .planChanged else { throw error }
                return try await changed(nil, error.all[0].details.first ?? error.all[0].message)
            default: throw error
            }
        }
    }

    /// What a request is answered whose key was used before; `nil` for a new key.
    private static func outcome(of earlier: RunOrder.Earlier) -> Outcome? {
        switch earlier {
        case .none: nil
        case .run(let id): .run(id)
        case .another:
            .refused(
                Problem(
                    .unprocessableContent, "The key was used for another request",
                    detail: "Send a new Idempotency-Key for each run that you want.",
                    parameter: "Idempotency-Key"))
        case .unbegun:
            .refused(
                Problem(
                    .conflict, "The request was taken before, and its run has not begun",
                    detail:
                        "Ask again in a moment. If that changes nothing, the server that took it ended before it began the run: nothing was run, and a new key, or a form drawn anew, starts it.",
                    headers: [.retryAfter: "1"]))
        }
    }

    /// Another plan than the one agreed to; where somebody else has just run that one, their run.
    private func changed(_ plan: Plan?, _ sentence: String) async throws(Diagnostics) -> Outcome {
        let runs = try await exchange.site.states.current().overview.runs
        if let same = runs.first, same.planDigest == digest { return .already(same.id) }
        return .changed(plan, sentence)
    }
}
