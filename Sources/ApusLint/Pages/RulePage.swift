import ApusCore

/// A rule's page as Markdown: `docs/rules/RULE.md`, and what `apus explain RULE` prints.
public struct RulePage: Sendable {
    public let rule: Rule

    public init(_ rule: Rule) {
        self.rule = rule
    }

    /// The whole page, ended by a newline.
    public var markdown: String {
        var parts = [
            "# \(rule.name)", "\(rule.summary).",
            "\(rule.engines.map(\.displayName).joined(separator: " and ")) · level **\(rule.level.rawValue)** unless the project says otherwise",
            "## Why", rule.page.why, "## What to do instead", rule.page.instead,
        ]
        if let fix = rule.fix { parts += ["## What `apus lint --fix` does", fix.summary] }
        parts.append("## Examples")
        for example in rule.examples { parts.append(Self.markdown(example)) }
        if !rule.page.references.isEmpty {
            parts.append("## References")
            parts.append(rule.page.references.map { "- <\($0)>" }.joined(separator: "\n"))
        }
        parts.append(
            """
            ## Where it is right all the same

            `-- apus: allow \(rule.name) REASON`, right above the statement, or directly below the section's marker for the \
            whole section. For the whole project, in `apus.yaml`:

            ```yaml
            lint:
              \(rule.name): \(rule.level == .off ? "warning" : "off")
            ```
            """)
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func markdown(_ example: Example) -> String {
        let verdict =
            example.isFixable ? "Bad, and rewritten" : example.verdict == .bad ? "Bad" : "Good"
        let engine = example.engine == .sqlite ? " (SQLite)" : ""
        var parts = ["**\(verdict)**\(engine): \(example.title)."]
        if !example.earlier.isEmpty { parts.append("```sql\n-- earlier\n\(example.earlier)\n```") }
        parts.append("```sql\n\(sql(example))\n```")
        return parts.joined(separator: "\n\n")
    }

    private static func sql(_ example: Example) -> String {
        let directive = example.isOutsideTransaction ? "\n-- apus: no-transaction" : ""
        var text = "-- Up Migration\(directive)\n\(example.up)"
        if let reason = example.irreversibleReason {
            text += "\n\n-- Down Migration (Rollback)\n-- apus: irreversible \(reason)"
        }
        if let down = example.down {
            text += "\n\n-- Down Migration (Rollback)\(directive)\n\(down)"
        }
        return text
    }

    /// The list of all pages: `docs/rules/README.md`.
    public static var index: String {
        var lines = [
            "# The rules of `apus lint`", "",
            "Generated from the rules themselves; `apus explain RULE` prints the same pages.", "",
            "| rule | engines | level | `--fix` | what it objects to |", "|---|---|---|---|---|",
        ]
        for rule in Rule.all {
            let engines = rule.engines.map(\.displayName).joined(separator: ", ")
            lines.append(
                "| [`\(rule.name)`](\(rule.name).md) | \(engines) | \(rule.level.rawValue) | \(rule.fix == nil ? "" : "yes") | \(rule.summary) |"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
