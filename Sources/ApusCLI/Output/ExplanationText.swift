import ApusCore
import ApusLint

/// `apus explain CODE`, for people.
struct ExplanationText {
    let code: DiagnosticCode
    let console: Console

    func print() {
        let page = code.explanation
        console.answer("\(console.paint(code.rawValue, .strong)): \(page.title)")
        console.print()
        console.answer(page.meaning)
        console.print()
        console.answer("\(console.paint("Why Apus stops:", .strong)) \(page.reason)")
        console.print()
        console.answer(console.paint("What to do:", .strong))
        for step in page.steps { console.answer("  · \(step)") }
        console.print()
        console.print("Exit code: \(ExitStatus(code.outcome).rawValue)")
    }
}

/// `apus.explanation/1`
struct ExplanationBody: Encodable {
    var code: String
    var title: String
    var meaning: String
    var reason: String
    var steps: [String]
    var exit: Int32

    init(_ code: DiagnosticCode) {
        let page = code.explanation
        self.code = code.rawValue
        title = page.title
        meaning = page.meaning
        reason = page.reason
        steps = page.steps
        exit = ExitStatus(code.outcome).rawValue
    }
}

/// `apus.explanations/1`
struct ExplanationListBody: Encodable {
    var codes: [ExplanationBody]
    var rules: [Summary]

    struct Summary: Encodable {
        var rule: String
        var level: String
        var summary: String
    }

    init(_ codes: [DiagnosticCode], _ rules: [Rule]) {
        self.codes = codes.map(ExplanationBody.init)
        self.rules = rules.map {
            Summary(rule: $0.name, level: $0.level.rawValue, summary: $0.summary)
        }
    }
}
