import ApusCore
import ApusEngine
import Hummingbird

/// `GET /api/lint`: what speaks against the pending migrations, as large as the tables are now.
enum LintAPI {
    static let routes = [
        Route(.api, .get, "/lint", .look) { exchange in
            guard exchange.site.configuration.review != nil else {
                throw Problem(
                    .notFound, "Lint is no part of this server",
                    detail: "The host passes it: Configuration(review: .lint()).")
            }
            let sight = try await exchange.site.states.current()
            let review = try await PendingReview.of(
                sight.overview.state.waiting, sight, exchange.site)
            return JSONAnswer.response(LintDocument(review?.outcome ?? .init()))
        }
    ]
}

/// As `apus lint --json` calls it.
struct LintDocument: Encodable {
    struct FindingDocument: Encodable {
        var rule: String
        var level: String
        var message: String
        var file: String?
        var line: Int?
        var column: Int?
        var details: [String]
        var help: [String]

        init(_ finding: Diagnostic) {
            rule = finding.rule ?? finding.code.rawValue
            level = finding.severity.rawValue
            message = finding.message
            file = finding.location?.file
            line = finding.location?.line
            column = finding.location?.column
            details = finding.details
            help = finding.help
        }
    }

    var findings: [FindingDocument]
    var migrations: Int
    var statements: Int
    var notExamined: Int

    init(_ outcome: MigrationReview.Outcome) {
        findings = outcome.findings.map(FindingDocument.init)
        migrations = outcome.migrations
        statements = outcome.statements
        notExamined = outcome.notExamined
    }
}
