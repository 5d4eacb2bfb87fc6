import ApusCore
import ArgumentParser

/// `apus explain [CODE]`
struct Explain: PlainVerb {
    static let configuration = CommandConfiguration(
        abstract: "Explain a diagnostic: what it means, why Apus stops there, what to do.")

    @OptionGroup var output: OutputOptions

    @Argument(
        help: "The code, as in error[late-migration]; all codes without it.",
        completion: .list(DiagnosticCode.allCases.map(\.rawValue)))
    var code: String?

    func run(on console: Console) async throws(Diagnostics) -> ExitStatus {
        guard let text = code else {
            list(on: console)
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
            console.document(JSONDocument("explanations", ExplanationListBody(codes)).text)
            return
        }
        let width = codes.map(\.rawValue.count).max() ?? 0
        for code in codes {
            console.answer("  \(Wording.padded(code.rawValue, width))  \(code.explanation.title)")
        }
        console.print("Next: apus explain CODE")
    }

    private static func unknown(_ text: String) -> Diagnostics {
        let known = DiagnosticCode.allCases.map(\.rawValue)
        return Diagnostics([
            Diagnostic(
                .codeUnknown, "there is no diagnostic \"\(text)\"",
                hint: Suggestion.nearest(to: text, in: known).map { "did you mean \($0)?" },
                help: ["see all codes: apus explain"])
        ])
    }
}
