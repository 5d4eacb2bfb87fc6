import ApusCore
import ApusLint

/// `apus explain RULE`, for people: the rule's page.
struct RuleText {
    let rule: Rule
    let console: Console

    func print() {
        for line in RulePage(rule).markdown.split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast()
        {
            console.answer(
                line.hasPrefix("#") ? console.paint(String(line), .strong) : String(line))
        }
    }
}

/// `apus.rule/1`
struct RuleBody: Encodable {
    var rule: String
    var engines: [String]
    var level: String
    var summary: String
    var page: String

    init(_ rule: Rule) {
        self.rule = rule.name
        engines = rule.engines.map(\.rawValue)
        level = rule.level.rawValue
        summary = rule.summary
        page = RulePage(rule).markdown
    }
}
