import ApusCore
import ApusEngine
import Hummingbird

/// One rehearsal that this process holds or held, and what it found.
struct RehearsalPage: Sendable {
    struct Row: Sendable {
        var title: String
        var href: String
        var state: Tone
        var steps: String
        var compared: String
        var lost: [String]
        var hasLost: Bool
        var locks: [String]
        var hasLocks: Bool
    }

    struct Assertion: Sendable {
        var name: String
        var state: Tone
        var place: String
        var time: String
    }

    var number: String
    var what: String
    var state: Tone
    var doing: String?
    var facts: [MigrationPage.Fact]
    var rows: [Row]
    var hasRows: Bool
    var assertions: [Assertion]
    var hasAssertions: Bool
    var notReached: [String]
    var hasNotReached: Bool
    var diagnostics: [DiagnosticView]
    var recorded: String?
    var stop: String?
    var token: String
    var back: String

    static let routes =
        RehearsalForm.routes + [
            Route(.pages, .get, "/checks/rehearsals/{job}", .look) { exchange in
                let job = try await find(exchange)
                let page = RehearsalPage(job, exchange)
                return exchange.page(
                    "rehearsal", page, title: "Rehearsal \(job.id)", current: "/checks",
                    refresh: job.isOver ? nil : 2)
            },
            Route(.pages, .post, "/checks/rehearsals/{job}/stop", .act(.operator)) { exchange in
                let job = try await find(exchange)
                if !job.isOver {
                    let audit = try await exchange.site.migrator.recordIntent(
                        AuditIntent(
                            person: exchange.visitor?.name ?? "", address: exchange.address,
                            action: "stop-rehearsal", subject: job.what, key: exchange.actionKey))
                    await exchange.site.jobs.cancel(job.id)
                    try await exchange.site.migrator.recordOutcome(of: audit, "asked", run: nil)
                }
                return exchange.redirect(to: exchange.page("/checks/rehearsals/\(job.id)"))
            },
        ]

    /// The rehearsal that a path names.
    static func find(_ exchange: Exchange) async throws -> Job {
        guard let id = Int(try exchange.parameter("job")),
            let job = await exchange.site.jobs.job(id), job.kind.isRehearsal
        else {
            throw Problem(
                .notFound, "There is no such rehearsal",
                detail:
                    "A report is kept by the process that held it, for as long as that runs. That it passed is in the database."
            )
        }
        return job
    }

    private init(_ job: Job, _ exchange: Exchange) {
        let now = job.progress.now
        number = "\(job.id)"
        what = job.what
        state = job.state
        doing =
            job.isOver
            ? nil
            : now.doing
                + (now.total.map { " · \(now.migrations.count) of \(Words.count($0, "migration"))" }
                    ?? "")
        let report = job.report
        facts = report.map { Self.facts($0) } ?? []
        rows = (report?.migrations ?? now.migrations).map { Row($0, exchange) }
        hasRows = !rows.isEmpty
        assertions = (report?.assertions ?? now.assertions).map(Assertion.init)
        hasAssertions = !assertions.isEmpty
        notReached = report?.notReached.map(\.title) ?? []
        hasNotReached = !notReached.isEmpty
        diagnostics =
            switch job.outcome {
            case .failure(let failure): failure.all.map(DiagnosticView.init)
            case .success: report?.findings.map(DiagnosticView.init) ?? []
            case nil: []
            }
        if let report {
            recorded =
                report.isRecorded
                ? "The database knows of it: where a rehearsal is required, this plan may be run."
                : report.passed && report.start == .nothing
                    ? "It began with nothing, so it opens no gate: that takes a rehearsal with a backup."
                    : nil
        }
        stop =
            !job.isOver && exchange.allows(.operator)
            ? exchange.page("/checks/rehearsals/\(job.id)/stop") : nil
        token = exchange.formToken
        back = exchange.page("/checks")
    }

    private static func facts(_ report: RehearsalReport) -> [MigrationPage.Fact] {
        let start =
            switch report.start {
            case .nothing: "nothing"
            case .backup(let name, _): name
            }
        return [
            .init(label: "Began with", value: start, isMono: report.start != .nothing),
            .init(
                label: "Versions",
                value: "\(Words.version(report.from)) → \(Words.version(report.to))", isMono: true),
            .init(label: "Where", value: report.place, isMono: false),
            .init(
                label: "Took",
                value:
                    "\(Words.duration(report.duration)), \(Words.duration(report.preparation)) of it to make the database",
                isMono: false),
        ]
    }
}

extension RehearsalPage.Row {
    init(_ result: MigrationRehearsal, _ exchange: Exchange) {
        title = result.id.title
        href = exchange.page("/migrations/\(result.id.description.pathEncoded)")
        state = result.passed ? Tone("good", "✓", "passed") : Tone("bad", "✗", "not passed")
        var words = result.steps.map {
            "\($0.phase.words) \($0.isDone ? Words.duration($0.duration) : "failed")"
        }
        if let reason = result.irreversibleReason { words.append("irreversible: \(reason)") }
        steps = words.joined(separator: " · ")
        compared =
            result.tables == 0
            ? ""
            : "\(Words.count(result.tables, "table")), \(result.rows) row\(result.rows == 1 ? "" : "s")"
        lost = result.dataChanges.map(\.sentence)
        hasLost = !lost.isEmpty
        locks = result.steps.flatMap { step in
            step.hasUnreadLocks
                ? ["\(step.phase.words): not read, for it has no transaction to be asked about"]
                : (step.locks ?? []).map {
                    "\(step.phase.words), statement \($0.statement + 1): \($0.mode.name) on \($0.relation), \(Words.duration($0.held))\($0.isRewrite ? ", rewritten" : $0.isScan ? ", read in full" : "")"
                }
        }
        hasLocks = !locks.isEmpty
    }
}

extension RehearsalPage.Assertion {
    init(_ outcome: AssertionOutcome) {
        name = "\(outcome.version): \(outcome.name)"
        state = outcome.passed ? Tone("good", "✓", "holds") : Tone("bad", "✗", "does not hold")
        place = "\(outcome.file):\(outcome.line)"
        time = Words.duration(outcome.duration)
    }
}
