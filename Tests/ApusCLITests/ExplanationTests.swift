import ApusCore
import Testing

@testable import ApusCLI

@Suite struct ExplanationTests {
    @Test(arguments: DiagnosticCode.allCases)
    func `every code has a page in whole sentences`(code: DiagnosticCode) {
        let page = code.explanation
        #expect(!page.title.isEmpty && !page.title.hasSuffix("."))
        #expect(page.meaning.hasSuffix("."))
        #expect(page.reason.hasSuffix("."))
        #expect(!page.steps.isEmpty)
        #expect(page.steps.allSatisfy { !$0.isEmpty && !$0.hasSuffix(".") })
    }

    @Test func `no two codes share a page`() {
        let pages = DiagnosticCode.allCases.map(\.explanation)
        #expect(Set(pages).count == pages.count)
    }

    /// A page that tells to run something that does not exist is worse than none.
    @Test(arguments: DiagnosticCode.allCases)
    func `the commands that a page names exist`(code: DiagnosticCode) throws {
        let known = Set(CommandLineTool.verbNames)
        let page = code.explanation
        for text in page.steps + [page.meaning, page.reason] {
            for part in text.split(separator: "apus ", omittingEmptySubsequences: false).dropFirst()
            {
                let command = part.prefix { $0.isLetter || $0 == "-" }
                guard !command.isEmpty, command != "COMMAND", !command.hasPrefix("--") else {
                    continue
                }
                #expect(known.contains(String(command)), "apus \(command)")
            }
        }
    }
}
