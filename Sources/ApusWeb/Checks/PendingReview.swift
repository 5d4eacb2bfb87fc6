import ApusCore
import ApusEngine

/// What lint says of the migrations that are about to run.
struct PendingReview: Sendable {
    var outcome: MigrationReview.Outcome
    /// The sizes of the database's tables, where they were asked for.
    var statistics: DatabaseStatistics?

    /// Judges the migrations of a plan, with the sizes of the database's tables; `nil` where the host
    /// passed nothing that judges, or nothing is to be judged.
    static func of(
        _ plan: Set<MigrationID>, _ sight: StateReader.Sight, _ site: Site
    ) async throws(Diagnostics) -> PendingReview? {
        guard let review = site.configuration.review, !plan.isEmpty else { return nil }
        let statistics = sight.isCurrent ? try await site.migrator.statistics() : nil
        let folder = sight.overview.state.migrations.compactMap(\.migration).sorted {
            $0.id < $1.id
        }
        return PendingReview(
            outcome: review.outcome(of: folder, plan: plan, statistics: statistics),
            statistics: statistics)
    }

    /// `3 migrations, 12 statements`
    var extent: String {
        let known =
            "\(Words.count(outcome.migrations, "migration")), \(Words.count(outcome.statements, "statement"))"
        return outcome.notExamined == 0
            ? known : "\(known), \(outcome.notExamined) of them not examined"
    }
}

extension DatabaseState {
    /// What `migrate` would run.
    var waiting: Set<MigrationID> {
        Set(pending.map(\.id)).union(
            migrations.filter { $0.status == .late || $0.status == .unfinished }.map(\.id))
    }
}

extension Plan {
    /// The migrations whose up section is run.
    var applied: Set<MigrationID> {
        Set(steps.filter { $0.direction == .up && $0.action == .run }.map(\.id))
    }
}

/// A review for a template.
struct ReviewView: Sendable {
    var state: Tone
    var extent: String
    var findings: [DiagnosticView]
    var hasFindings: Bool
    /// Whether the findings are shown without being asked for.
    var isOpen: Bool

    init(_ review: PendingReview) {
        state = Tone(review.outcome)
        extent = review.extent
        findings = review.outcome.findings.map(DiagnosticView.ofRule)
        hasFindings = !findings.isEmpty
        isOpen = review.outcome.findings.contains { $0.severity == .error }
    }
}
