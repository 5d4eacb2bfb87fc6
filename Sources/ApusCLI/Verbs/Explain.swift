import ApusCore
import ApusLint
import ArgumentParser

/// `apus explain [CODE|RULE]`
struct Explain: PlainVerb {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract:
            "Explain a diagnostic or a lint rule: what it means, why Apus stops there, what to do.")

    @OptionGroup var output: OutputOptions

    @Argument(
        help: "The code or rule, as in error[late-migration]; all of them without it.",
        completion: .list(DiagnosticCode.allCases.map(\.rawValue) + Rule.all.map(\.name)))
    var code: String?

    func run(on console: Console) async throws(Diagnostics) -> ExitStatus {
        guard let text = code else {
            list(on: console)
            return .success
        }
        if let rule = Rule.named(text) {
            if console.isJSON {
                console.document(JSONDocument("rule", RuleBody(rule)).text)
            } else {
                RuleText(rule: rule, console: console).print()
            }
            return .success
        }
        guard let code = DiagnosticCode(rawValue: text) else { throw Self.unknown(text) }
        if console.isJSON {
            console.document(JSONDocument("explanation", ExplanationBody(code)).text)
        } else {
            ExplanationText(code: code, console: console).print()
        }
        return .success
    }

    private func list(on console: Console) {
        let codes = DiagnosticCode.allCases
        if console.isJSON {
            console.document(
                JSONDocument("explanations", ExplanationListBody(codes, Rule.all)).text)
            return
        }
        let width = (codes.map(\.rawValue) + Rule.all.map(\.name)).map(\.count).max() ?? 0
        for code in codes {
            console.answer("  \(Wording.padded(code.rawValue, width))  \(code.explanation.title)")
        }
        console.print()
        console.answer("Rules of apus lint")
        for rule in Rule.all {
            console.answer("  \(Wording.padded(rule.name, width))  \(rule.summary)")
        }
        console.print("Next: apus explain CODE")
    }

    private static func unknown(_ text: String) -> Diagnostics {
        let known = DiagnosticCode.allCases.map(\.rawValue) + Rule.all.map(\.name)
        return Diagnostics([
            Diagnostic(
                .codeUnknown, "there is no diagnostic or rule \"\(text)\"",
                hint: Suggestion.nearest(to: text, in: known).map { "did you mean \($0)?" },
                help: ["see all of them: apus explain"])
        ])
    }
}
