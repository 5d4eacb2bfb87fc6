import ApusCore
import ApusEngine
import Hummingbird

/// What speaks for and against what is pending, before it runs: lint's findings and the rehearsals.
struct ChecksPage: Sendable {
    struct JobRow: Sendable {
        var href: String
        var state: Tone
        var what: String
        var result: String
        var when: String
    }

    struct RecordRow: Sendable {
        var when: String
        var who: String
        var way: String
        var backup: String
        var age: String
    }

    var notices: [Notice]
    /// `nil` where nothing is pending, or nothing judges.
    var review: ReviewView?
    var isJudged: Bool
    var nothingPending: Bool
    var gate: GateView?
    /// Why the gate's answer is not known.
    var planProblem: String?
    var jobs: [JobRow]
    var hasJobs: Bool
    var records: [RecordRow]
    var hasRecords: Bool
    var isEmpty: Bool
    var rehearse: String?
    var reason: String?

    static let routes = [
        Route(.pages, .get, "/checks", .look) { exchange in
            let site = exchange.site
            let sight = try await site.states.currentOrLast()
            let waiting = sight.overview.state.waiting
            let review = try await PendingReview.of(waiting, sight, site)
            let records = sight.isCurrent ? try await site.migrator.rehearsals() : []
            let jobs = await site.jobs.all.filter(\.kind.isRehearsal)
            let page = ChecksPage(
                sight, review, await Self.gate(sight, site), records, jobs, exchange)
            return exchange.page(
                "checks", page, title: "Checks", current: "/checks",
                refresh: jobs.contains { !$0.isOver } ? 2 : nil)
        }
    ]

    /// What the gate says to what `migrate` would run now, or why there is no plan.
    private static func gate(
        _ sight: StateReader.Sight, _ site: Site
    ) async -> Result<RehearsalGate.Verdict?, Diagnostics> {
        guard sight.isCurrent, site.migrator.options.rehearsal != nil,
            !sight.overview.state.waiting.isEmpty
        else { return .success(nil) }
        do throws(Diagnostics) {
            return .success(try await site.migrator.outlook(.latest).rehearsal)
        } catch {
            return .failure(error)
        }
    }

    private init(
        _ sight: StateReader.Sight, _ review: PendingReview?,
        _ verdict: Result<RehearsalGate.Verdict?, Diagnostics>, _ records: [RehearsalRecord],
        _ jobs: [Job], _ exchange: Exchange
    ) {
        let site = exchange.site
        let now = site.migrator.now()
        notices = Notice.old(sight)
        nothingPending = sight.overview.state.waiting.isEmpty
        isJudged = site.configuration.review != nil
        self.review = review.map(ReviewView.init)
        switch verdict {
        case .success(let verdict):
            gate = GateView(verdict, site.migrator.options.rehearsal)
        case .failure(let problem): planProblem = problem.all[0].message
        }
        self.jobs = jobs.suffix(10).reversed().map { job in
            JobRow(
                href: exchange.page("/checks/rehearsals/\(job.id)"), state: job.state,
                what: job.what, result: job.sentence,
                when: Words.ago(job.startedAt, now))
        }
        hasJobs = !jobs.isEmpty
        self.records = records.map { RecordRow($0, now) }
        hasRecords = !records.isEmpty
        isEmpty = jobs.isEmpty && records.isEmpty
        (rehearse, reason) = RehearsalForm.offer(sight, exchange)
    }
}

extension ChecksPage.RecordRow {
    init(_ record: RehearsalRecord, _ now: Timestamp) {
        when = "\(Words.moment(record.passedAt)) UTC"
        who = record.passedBy
        way = "\(Words.version(record.from)) → \(Words.version(record.to))"
        backup = record.backup
        age = Words.ago(record.backupTakenAt, now)
    }
}

extension Tone {
    init(_ outcome: MigrationReview.Outcome) {
        let errors = outcome.findings.count { $0.severity == .error }
        let warnings = outcome.findings.count { $0.severity == .warning }
        self =
            errors > 0
            ? Tone("bad", "✗", Words.count(errors, "error"))
            : warnings > 0
                ? Tone("warn", "▲", Words.count(warnings, "warning"))
                : Tone(
                    "good", "✓",
                    outcome.findings.isEmpty
                        ? "nothing to object to"
                        : Words.count(outcome.findings.count, "notice"))
    }
}

extension DiagnosticView {
    /// A finding of lint, which is called by its rule.
    static func ofRule(_ finding: Diagnostic) -> DiagnosticView {
        var view = DiagnosticView(finding)
        view.code = finding.rule ?? view.code
        return view
    }
}
