public import ApusCore

extension MigrationReview {
    /// What `apus lint --plan --live` says, for hosts that show it in their pages.
    public static func lint(
        _ configuration: LintConfiguration = LintConfiguration()
    ) -> MigrationReview {
        MigrationReview { folder, plan, statistics in
            let lint = Lint(
                configuration: configuration, selection: plan, plan: plan, statistics: statistics)
            let report = lint.report(on: folder)
            return Outcome(
                findings: report.findings.map(\.diagnostic), migrations: report.migrations,
                statements: report.statements, notExamined: report.notExamined)
        }
    }
}
