import ApusCore
import Foundation
import HTTPTypes
import Hummingbird

/// How a problem is shown: as a page below the pages, as `application/problem+json` elsewhere.
enum ProblemAnswer {
    static func response(_ problem: Problem, _ exchange: Exchange) async -> Response {
        let problem = exchange.allows(nil) ? problem : problem.forStrangers
        var response: Response
        if problem.status == .seeOther {
            response = Response(status: .seeOther)
        } else if exchange.place == .pages {
            response = ProblemPage.response(problem, exchange)
        } else {
            response = document(problem, exchange)
        }
        for field in problem.headers { response.headers[field.name] = field.value }
        return response
    }

    private static func document(_ problem: Problem, _ exchange: Exchange) -> Response {
        JSONAnswer.response(
            ProblemDocument(problem, instance: exchange.request.uri.path),
            status: problem.status, type: "application/problem+json")
    }
}

/// `application/problem+json`
struct ProblemDocument: Encodable {
    var type: String
    var title: String
    var status: Int
    var detail: String?
    var instance: String
    var parameter: String?
    var run: Int64?
    var problems: [DiagnosticDocument]?

    init(_ problem: Problem, instance: String) {
        type = "urn:apus:problem:\(problem.code)"
        title = problem.title
        status = problem.status.code
        detail = problem.detail
        self.instance = instance
        parameter = problem.parameter
        run = problem.run?.number
        problems =
            problem.diagnostics.isEmpty ? nil : problem.diagnostics.map(DiagnosticDocument.init)
    }
}
