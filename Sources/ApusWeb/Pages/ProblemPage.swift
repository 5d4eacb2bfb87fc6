import ApusCore
import Hummingbird

/// A problem as a page.
struct ProblemPage: Sendable {
    var status: Int
    var heading: String
    var detail: String?
    var diagnostics: [DiagnosticView]
    var ways: [Problem.Way]
    var hasWays: Bool
    var runHref: String?
    var run: String?
    var home: String

    static func response(_ problem: Problem, _ exchange: Exchange) -> Response {
        let page = ProblemPage(
            status: problem.status.code, heading: problem.title,
            detail: problem.diagnostics.isEmpty ? problem.detail : nil,
            diagnostics: problem.diagnostics.map { diagnostic in
                var view = DiagnosticView(diagnostic)
                if view.message == problem.title { view.message = nil }
                return view
            },
            ways: problem.ways, hasWays: !problem.ways.isEmpty,
            runHref: problem.run.map { exchange.page("/runs/\($0)") },
            run: problem.run.map(\.description), home: exchange.page())
        return exchange.page("problem", page, title: problem.title, status: problem.status)
    }
}

/// A diagnostic for a template.
struct DiagnosticView: Sendable {
    var code: String
    var tone: String
    var glyph: String
    var word: String
    /// `nil` where the heading above says it.
    var message: String?
    var location: String?
    var excerpt: String?
    var hint: String?
    var details: [String]
    var hasDetails: Bool
    var databaseState: String?
    var help: [String]
    var hasHelp: Bool

    init(_ diagnostic: Diagnostic) {
        code = diagnostic.code.rawValue
        (tone, glyph, word) =
            switch diagnostic.severity {
            case .error: ("bad", "✗", "Error")
            case .warning: ("warn", "▲", "Warning")
            case .notice: ("calm", "●", "Notice")
            }
        message = diagnostic.message
        location = diagnostic.location?.description
        excerpt = diagnostic.excerpt.map { excerpt in
            excerpt.text + "\n" + String(repeating: " ", count: max(0, excerpt.caret - 1))
                + String(repeating: "^", count: excerpt.length)
        }
        hint = diagnostic.hint
        details = diagnostic.details
        hasDetails = !details.isEmpty
        databaseState = diagnostic.state
        help = diagnostic.help
        hasHelp = !help.isEmpty
    }
}
