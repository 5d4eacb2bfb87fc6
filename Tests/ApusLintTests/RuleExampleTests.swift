import ApusCore
import Testing

@testable import ApusLint

@Suite struct RuleExampleTests {
    @Test(arguments: RuleExample.all)
    func `a bad example brings its rule at its line, a good one nothing`(_ one: RuleExample) throws
    {
        let migrations = try ExampleMigrations(one.example)
        var lint = Lint()
        lint.selection = migrations.all.last.map { [$0.id] }
        let findings = lint.report(on: migrations.all).findings
        let (line, others) = migrations.expected
        let own = findings.filter { $0.rule == one.rule.name }
        #expect(own.map(\.location.line) == (line.map { [$0] } ?? []))
        #expect(findings.map(\.rule).filter { $0 != one.rule.name }.sorted() == others)
    }

    @Test(arguments: Rule.all.map(\.name))
    func `a rule has examples of both kinds for its engines`(name: String) throws {
        let rule = try #require(Rule.named(name))
        #expect(rule.examples.contains { $0.verdict == .bad })
        #expect(rule.examples.contains { $0.verdict == .good })
        #expect(rule.examples.allSatisfy { rule.engines.contains($0.engine) })
        let titles = rule.examples.map { "\($0.engine) \($0.verdict) \($0.title)" }
        #expect(Set(titles).count == titles.count)
    }

    @Test(arguments: RuleExample.all.filter { $0.example.verdict == .bad })
    func `a finding says what happens and what to do`(_ one: RuleExample) throws {
        let migrations = try ExampleMigrations(one.example)
        let findings = Lint().report(on: migrations.all).findings
        for finding in findings where finding.rule == one.rule.name {
            #expect(!finding.message.isEmpty && !finding.message.hasSuffix("."))
            #expect(!finding.help.isEmpty)
            #expect(finding.help.allSatisfy { !$0.isEmpty && !$0.hasSuffix(".") })
        }
    }
}
