import ApusCore
import ApusEngine
import Hummingbird

/// What a run would do, in words, and the form that starts exactly that.
struct PlanPage: Sendable {
    struct StepView: Sendable {
        var number: Int
        var title: String
        var href: String
        var verb: String
        var note: String
        var losses: [String]
        var hasLosses: Bool
        /// What its statements will lock, where that is predicted.
        var locks: [String]
        var hasLocks: Bool
        var lines: [SQLMarkup.Line]
        var cut: String?
        var isOpen: Bool
    }

    struct Field: Sendable {
        var name: String
        var value: String
    }

    struct Breaking: Sendable {
        var version: String
        var texts: [String]
    }

    var heading: String
    var sentence: String
    var failure: String?
    var steps: [StepView]
    var hasSteps: Bool
    var more: String?
    var isRollback: Bool
    var backup: String
    var losses: [String]
    var hasLosses: Bool
    var breaking: [Breaking]
    var hasBreaking: Bool
    var diagnostics: [DiagnosticView]
    /// What lint says of what is applied.
    var review: ReviewView?
    /// Whether it may be run without another rehearsal; `nil` where none is required.
    var gate: GateView?
    var checks: String
    var remaining: String?
    var path: String?
    /// `nil` where nothing can be started, with the reason.
    var form: StartForm?
    var reason: String?
    /// Where the same plan is scheduled instead.
    var later: String?
    var cancel: String

    struct StartForm: Sendable {
        var action: String
        var token: String
        var fields: [Field]
        var typed: String?
        var button: String
        var isDanger: Bool
    }

    static let routes = [
        Route(.pages, .get, "/plan", .look) { exchange in
            let fields = try GoalFields(exchange) { exchange.query($0) }
            return try await response(fields, exchange)
        }
    ]

    /// The page for a goal as things stand now.
    static func response(
        _ fields: GoalFields, _ exchange: Exchange, status: HTTPResponse.Status = .ok,
        failure: String? = nil
    ) async throws -> Response {
        let sight = try await exchange.site.states.current()
        let migrator = fields.migrator(exchange.site)
        let outlook: Outlook
        let review: PendingReview?
        do throws(Diagnostics) {
            outlook = try await migrator.outlook(fields.goal)
            review = try await PendingReview.of(outlook.plan.applied, sight, exchange.site)
        } catch {
            var problem = Problem(error)
            problem.ways = fields.ways(after: error, exchange)
            throw problem
        }
        let locks = await LockLines.of(outlook, review?.statistics, migrator, exchange.site)
        let page = PlanPage(outlook, review, locks, fields, sight, exchange, failure: failure)
        return exchange.page("plan", page, title: page.heading, status: status)
    }

    init(
        _ outlook: Outlook, _ review: PendingReview?, _ locks: [[String]]?, _ fields: GoalFields,
        _ sight: StateReader.Sight, _ exchange: Exchange, failure: String?
    ) {
        let site = exchange.site
        let plan = outlook.plan
        self.failure = failure
        isRollback = fields.isRollback
        heading =
            plan.changesNothing
            ? "Nothing to do" : fields.isRepair ? "Repair" : isRollback ? "Undo" : "Review and run"
        sentence = plan.sentence
        steps = plan.steps.prefix(Self.mostSteps).enumerated().map { index, step in
            StepView(
                step, number: index + 1, LockLines.ofStep(index, in: locks) ?? [], exchange,
                isLong: plan.steps.count > 10)
        }
        hasSteps = !steps.isEmpty
        more =
            plan.steps.count > Self.mostSteps
            ? "… and \(Words.count(plan.steps.count - Self.mostSteps, "more step"))." : nil
        let lost = plan.steps.map { ($0, DataLoss.losses(of: $0)) }.filter { !$0.1.isEmpty }
        losses = lost.map { "\($0.0.id.title): \($0.1.joined(separator: ", "))" }
        hasLosses = !losses.isEmpty
        backup = Self.backupSentence(plan, sight, site)
        breaking = Dictionary(grouping: plan.breakingChanges, by: \.version).sorted {
            $0.key < $1.key
        }.map { Breaking(version: $0.key.description, texts: $0.value.map(\.text)) }
        hasBreaking = !breaking.isEmpty
        diagnostics = plan.warnings.map(DiagnosticView.init)
        self.review = review.map(ReviewView.init)
        gate = GateView(
            outlook.rehearsal, site.migrator.options.rehearsal, isRollback: plan.isRollback)
        checks = exchange.page("/checks")
        remaining =
            plan.remaining.isEmpty
            ? nil
            : "\(Words.count(plan.remaining.count, "migration")) stay pending for another run."
                + (plan.stop.map { " \($0) is a required stop: deploy its application first." }
                    ?? "")
        path =
            plan.path.count > 1
            ? ([Words.version(plan.from)] + plan.path.map(\.description)).joined(separator: " → ")
            : nil
        cancel = exchange.page()
        reason =
            plan.changesNothing
            ? nil
            : Actions.obstacle(sight, exchange)
                ?? (gate?.isClosed == true ? "It has to be rehearsed first." : nil)
        guard !plan.changesNothing, reason == nil else { return }
        later = fields.isRepair ? nil : exchange.page("/schedule/new\(fields.query)")
        form = StartForm(
            action: exchange.page("/runs"), token: exchange.formToken,
            fields: fields.fields.map { Field(name: $0.name, value: $0.value) }
                + [
                    Field(name: "digest", value: plan.digest.hex),
                    Field(
                        name: "shown",
                        value: plan.steps.prefix(200).map { "\($0.direction.rawValue):\($0.id)" }
                            .joined(separator: " ")),
                ],
            typed: fields.typed,
            button: fields.isRepair
                ? "Repair"
                : isRollback
                    ? "Undo \(Words.count(plan.steps.count, "migration"))"
                    : "Run \(Words.count(plan.steps.count, "migration"))",
            isDanger: isRollback)
    }

    private static let mostSteps = 200

    private static func backupSentence(
        _ plan: Plan, _ sight: StateReader.Sight, _ site: Site
    ) -> String {
        guard !plan.changesNothing else { return "" }
        if site.migrator.takesBackup(
            before: plan, registry: sight.overview.state.history.registry)
        {
            return site.migrator.options.backup == .eachStep
                ? "A verified backup is taken before each migration. If one fails, nothing more runs."
                : "A verified backup is taken first. If it fails, nothing runs."
        }
        if site.migrator.options.backup == .never || site.migrator.backups == nil {
            return "No backup is taken: the configuration says so."
        }
        return "No backup is taken: the database is new."
    }
}

extension PlanPage.StepView {
    init(
        _ step: Step, number: Int, _ locks: [String], _ exchange: Exchange, isLong: Bool
    ) {
        self.number = number
        self.locks = locks
        hasLocks = !locks.isEmpty
        title = step.id.title
        href = exchange.page("/migrations/\(step.id.description.pathEncoded)")
        verb =
            step.action != .run
            ? "Record"
            : step.direction == .up ? (step.settles == nil ? "Apply" : "Go on with") : "Undo"
        var notes: [String]
        switch step.action {
        case .run:
            notes = [
                Words.count(step.script.statementCount, "statement"),
                step.script.transaction == .none
                    ? "without a transaction: what is done stays if a later statement fails"
                    : "in one transaction",
            ]
        case .record:
            notes = [
                step.direction == .up
                    ? "recorded as applied; nothing is run"
                    : "its record is removed; nothing is run"
            ]
        case .accept: notes = ["the history takes the file as it is now; nothing is run"]
        case .settle: notes = ["what was begun is closed; nothing is run"]
        }
        if step.origin == .stored { notes.append("from the text kept in the database") }
        if step.firstStatement > 0 { notes.append("from statement \(step.firstStatement + 1) on") }
        note = notes.joined(separator: " · ")
        losses = DataLoss.losses(of: step)
        hasLosses = !losses.isEmpty
        let markup = SQLMarkup(
            step.source, step.script.section, line: step.script.line,
            dialect: step.script.dialect, limit: isLong ? 40 : 200)
        lines = markup.lines
        isOpen = !isLong && markup.lines.count <= 30
        cut = markup.left > 0 ? "… \(Words.count(markup.left, "more line"))" : nil
    }
}
