import ApusCore
import ApusEngine
import Hummingbird

/// `POST /api/plans`: what a run would do. Changes nothing, and so is open to whoever may look.
enum PlansAPI {
    static let routes = [
        Route(.api, .post, "/plans", .look) { exchange in
            let body = try JSONBody(exchange, known: ["to", "undo", "cascade", "down_to"])
            let goal = try body.goal(exchange)
            try exchange.site.catalogue.refresh()
            let site = exchange.site
            let outlook = try await site.migrator.outlook(goal.goal)
            // Whoever passed nothing that judges is not asked for the state.
            let review =
                site.configuration.review == nil
                ? nil
                : try await PendingReview.of(
                    outlook.plan.applied, try await site.states.current(), site)
            let locks = await LockLines.of(outlook, review?.statistics, site.migrator, site)
            var document = PlanDocument(outlook.plan, confirm: goal.typed, locks: locks)
            document.lint = review.map { LintDocument($0.outcome) }
            document.rehearsal = GateDocument(
                GateView(
                    outlook.rehearsal, site.migrator.options.rehearsal,
                    isRollback: outlook.plan.isRollback))
            return JSONAnswer.response(document)
        }
    ]
}

struct PlanDocument: Encodable {
    struct StepDocument: Encodable {
        var migration: String
        var direction: String
        var action: String
        var transaction: String
        var statements: Int
        var losses: [String]
        /// What it will lock, a line each; absent where that is not predicted.
        var locks: [String]?
    }

    struct BreakingDocument: Encodable {
        var version: String
        var text: String
    }

    var digest: String
    var sentence: String
    var from: String?
    var to: String?
    var path: [String]
    var steps: [StepDocument]
    var breakingChanges: [BreakingDocument]
    var remaining: [String]
    var warnings: [DiagnosticDocument]
    /// What `POST /api/runs` wants in its field of that name; absent where it wants none.
    var confirm: String?
    /// What lint says of what is applied; absent where nothing judges, or nothing is applied.
    var lint: LintDocument?
    /// Whether it may be run without another rehearsal; absent where none is required.
    var rehearsal: GateDocument?

    /// - Parameter locks: Of each step; `nil` where they are not predicted.
    init(_ plan: Plan, confirm: String?, locks: [[String]]? = nil) {
        digest = plan.digest.hex
        sentence = plan.sentence
        from = plan.from?.description
        to = plan.to?.description
        path = plan.path.map(\.description)
        steps = plan.steps.enumerated().map { index, step in
            StepDocument(
                migration: step.id.description, direction: step.direction.rawValue,
                action: step.action.rawValue, transaction: step.script.transaction.rawValue,
                statements: step.script.statementCount, losses: DataLoss.losses(of: step),
                locks: LockLines.ofStep(index, in: locks))
        }
        breakingChanges = plan.breakingChanges.map {
            BreakingDocument(version: $0.version.description, text: $0.text)
        }
        remaining = plan.remaining.map(\.description)
        warnings = plan.warnings.map(DiagnosticDocument.init)
        self.confirm = confirm
    }
}
