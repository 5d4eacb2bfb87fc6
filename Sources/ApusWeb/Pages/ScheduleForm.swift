import ApusCore
import ApusEngine
import Hummingbird

/// Asks when a plan is to be run, and writes down exactly that plan.
struct ScheduleForm: Sendable {
    var sentence: String
    var failure: String?
    var diagnostics: [DiagnosticView]
    var losses: [String]
    var hasLosses: Bool
    var breaking: [PlanPage.Breaking]
    var fields: [PlanPage.Field]
    var typed: String?
    var at: String
    var window: String
    var action: String
    var token: String
    var canSchedule: Bool
    var reason: String?
    var back: String

    static let routes = [
        Route(.pages, .get, "/schedule/new", .act(.operator)) { exchange in
            let fields = try GoalFields(exchange) { exchange.query($0) }
            return try await response(fields, exchange)
        },
        Route(.pages, .post, "/schedule", .act(.operator), answer: post),
    ]

    private static func post(_ exchange: Exchange) async throws -> Response {
        let form = exchange.form
        let fields = try GoalFields(exchange) { form[$0] }
        guard let digest = form["digest"].flatMap(Checksum.init(hex:)) else {
            throw Problem(.badRequest, "digest is missing or no SHA-256", parameter: "digest")
        }
        func again(_ failure: String) async throws -> Response {
            try await response(fields, exchange, status: .badRequest, failure: failure)
        }
        if let typed = fields.typed, form["confirm"] != typed {
            return try await again("Nothing was scheduled. Type \(typed) to confirm.")
        }
        do throws(Diagnostics) {
            let order = ScheduleOrder(
                fields: fields, digest: digest, at: form["at"], window: form["window"],
                accepted: Set(form.all("accept").compactMap { SemanticVersion($0) }))
            let entry = try await order.perform(exchange)
            return exchange.redirect(to: exchange.page("/schedule/\(entry.id)"))
        } catch {
            let first = error.all[0]
            switch first.code.outcome {
            case .refused, .usage:
                let hint = first.hint.map { ": \($0)" } ?? ""
                return try await again("Nothing was scheduled. \(first.message)\(hint).")
            default: throw error
            }
        }
    }

    private static func response(
        _ fields: GoalFields, _ exchange: Exchange, status: HTTPResponse.Status = .ok,
        failure: String? = nil
    ) async throws -> Response {
        let sight = try await exchange.site.states.current()
        let plan = try await fields.migrator(exchange.site).plan(fields.goal)
        let page = ScheduleForm(plan, fields, sight, exchange, failure: failure)
        return exchange.page(
            "schedulenew", page, title: "Schedule?", current: "/schedule", status: status)
    }

    private init(
        _ plan: Plan, _ fields: GoalFields, _ sight: StateReader.Sight, _ exchange: Exchange,
        failure: String?
    ) {
        sentence = plan.sentence
        self.failure = failure
        diagnostics = plan.warnings.map(DiagnosticView.init)
        losses = plan.steps.flatMap { step in
            DataLoss.losses(of: step).map { "\(step.id.title): \($0)" }
        }
        hasLosses = !losses.isEmpty
        breaking = Dictionary(grouping: plan.breakingChanges, by: \.version).sorted {
            $0.key < $1.key
        }.map { PlanPage.Breaking(version: $0.key.description, texts: $0.value.map(\.text)) }
        self.fields =
            fields.fields.map { PlanPage.Field(name: $0.name, value: $0.value) }
            + [PlanPage.Field(name: "digest", value: plan.digest.hex)]
        typed = fields.typed
        at = exchange.form["at"] ?? ""
        window = exchange.form["window"] ?? ""
        action = exchange.page("/schedule")
        token = exchange.formToken
        reason =
            plan.changesNothing
            ? "There is nothing to schedule."
            : fields.isRepair
                ? "A repair is done now, or not at all." : Actions.obstacle(sight, exchange)
        canSchedule = reason == nil
        back = exchange.page("/plan\(fields.query)")
    }
}

/// What a page or a program wants to have run at its time.
struct ScheduleOrder: Sendable {
    var fields: GoalFields
    /// The plan that was agreed to.
    var digest: Checksum
    var at: String?
    var window: String?
    var accepted: Set<SemanticVersion>

    /// Writes it down, once for each key. Throws what stands against it.
    func perform(_ exchange: Exchange) async throws(Diagnostics) -> ScheduleEntry {
        var migrator = exchange.acting("schedule", on: fields.scheduleWords)
        migrator.options.planning.down = fields.down
        let time = try time(now: migrator.now())
        let plan = try await migrator.plan(fields.goal)
        let missing = Set(plan.breakingChanges.map(\.version)).subtracting(accepted)
        guard missing.isEmpty || plan.digest != digest else {
            throw Diagnostics([
                Diagnostic(
                    .confirmationNeeded,
                    "the breaking changes of \(missing.sorted().map(\.description).joined(separator: ", ")) are not accepted"
                )
            ])
        }
        let entry: ScheduleEntry?
        do throws(Diagnostics) {
            entry = try await migrator.schedule(fields.goal, at: time, expecting: digest)
        } catch {
            guard error.all[0].code == .requestRepeated || error.all[0].code == .scheduleOverlap,
                let earlier = try await earlier(migrator)
            else { throw error }
            entry = earlier
        }
        await exchange.site.states.forget()
        guard let entry else {
            throw Diagnostics([
                Diagnostic(.planChanged, "there is nothing to do any more")
            ])
        }
        return entry
    }

    /// What the same key has led to before.
    private func earlier(_ migrator: Migrator) async throws(Diagnostics) -> ScheduleEntry? {
        guard let key = migrator.options.audit?.key,
            let audited = try await migrator.audited(key: key)
        else { return nil }
        return try await migrator.schedule(limit: 100).last {
            $0.draft.planDigest == digest && $0.createdAt >= audited.at
        }
    }

    private func time(now: Timestamp) throws(Diagnostics) -> ScheduleTime {
        switch (at, window) {
        case (let at?, nil):
            return try ScheduleTime.at(
                at, now: now)
        case (nil, let window?): return try ScheduleTime.window(window, now: now)
        default:
            throw Diagnostics([Diagnostic(.timeInvalid, "give one of a time and a window")])
        }
    }
}

extension GoalFields {
    /// As the audit names it.
    var scheduleWords: String {
        fields.isEmpty
            ? "everything pending" : fields.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    }
}
