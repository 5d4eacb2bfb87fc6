import ApusCore
import Foundation
import Testing

@testable import ApusLint

@Suite struct RuleListTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// A rule that is written and not listed would never be asked.
    @Test func `every file of a rule is listed, under its own name`() throws {
        let folder = Self.root.appending(path: "Sources/ApusLint/Rules")
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { $0.contains("/") && $0.hasSuffix(".swift") }
            .map { URL(filePath: $0).deletingPathExtension().lastPathComponent }
        #expect(names.map(Self.kebab).sorted() == Rule.all.map(\.name).sorted())
    }

    @Test func `names are unique and in kebab-case, and no code of a diagnostic`() {
        let names = Rule.all.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names {
            #expect(name.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z0-9]+)+/) != nil, "\(name)")
            #expect(DiagnosticCode(rawValue: name) == nil, "\(name)")
        }
    }

    @Test(arguments: Rule.all.map(\.name))
    func `a page is made of whole sentences`(name: String) throws {
        let rule = try #require(Rule.named(name))
        #expect(!rule.summary.isEmpty && !rule.summary.hasSuffix("."))
        for text in [rule.page.why, rule.page.instead] {
            #expect(text.hasSuffix("."), "\(text)")
        }
    }

    /// `IndexWithoutConcurrently` → `index-without-concurrently`
    private static func kebab(_ name: String) -> String {
        name.reduce(into: "") { text, letter in
            if letter.isUppercase, !text.isEmpty { text += "-" }
            text += letter.lowercased()
        }
    }

    /// `RECORD_GOLDENS=1` writes the pages, and fails all the same, so that nobody records by accident.
    @Test func `docs/rules has the page of every rule, as it is now`() throws {
        let folder = Self.root.appending(path: "docs/rules")
        var pages = Dictionary(
            uniqueKeysWithValues: Rule.all.map { ("\($0.name).md", RulePage($0).markdown) })
        pages["README.md"] = RulePage.index
        if ProcessInfo.processInfo.environment["RECORD_GOLDENS"] == "1" {
            try? FileManager.default.removeItem(at: folder)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (name, text) in pages {
                try text.write(
                    to: folder.appending(path: name), atomically: true, encoding: .utf8)
            }
            Issue.record("recorded docs/rules: look at it, then run without RECORD_GOLDENS")
        }
        let found = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(found.sorted() == pages.keys.sorted())
        for (name, text) in pages {
            let page = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            #expect(page == text, "\(name) is not what its rule says; RECORD_GOLDENS=1 writes it")
        }
    }
}
