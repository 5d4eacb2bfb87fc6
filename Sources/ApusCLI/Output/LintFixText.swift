import ApusCore
import ApusLint

/// What `lint --fix` wrote, for people.
struct LintFixText {
    let fixing: LintFixing
    /// Whether a database said what it has had.
    let knowsHistory: Bool
    let console: Console

    func print() {
        for file in fixing.rewritten {
            headline("✓", .good, "\(file.path)  rewritten")
            for finding in file.fixed {
                console.answer("      line \(finding.location.line): \(finding.rule)")
            }
            for path in file.added {
                console.answer("    \(console.paint("+", .good)) \(path)  new")
            }
        }
        for one in fixing.unfixed {
            let place = "\(one.finding.location.file):\(one.finding.location.line)"
            headline("·", .faint, "\(place)  \(one.finding.rule) is not fixed: \(one.reason)")
        }
        if fixing.rewritten.isEmpty {
            console.answer("Nothing was rewritten.")
            return
        }
        if !knowsHistory {
            console.print(
                "No database was asked. A file that one has had must not change: apus status tells, and apus lint --fix --plan leaves it alone."
            )
        }
        console.print(
            "Next: look at the changes\(fixing.needsLock ? ", then apus lock, because a lock covers these files" : "")"
        )
    }

    private func headline(_ glyph: String, _ role: Console.Role, _ text: String) {
        console.answer("  \(console.paint(glyph, role)) \(text)")
    }
}

/// What `apus.lint/1` has below `fixes`.
struct LintFixesBody: Encodable {
    var rewritten: [Rewritten]
    var notFixed: [NotFixed]
    var needsLock: Bool

    struct Rewritten: Encodable {
        var file: String
        var added: [String]
        var fixed: [Fixed]
    }

    struct Fixed: Encodable {
        var rule: String
        /// In the file as it was.
        var line: Int
    }

    struct NotFixed: Encodable {
        var rule: String
        var file: String
        var line: Int
        var reason: String
    }

    init(_ fixing: LintFixing) {
        rewritten = fixing.rewritten.map { file in
            Rewritten(
                file: file.path, added: file.added,
                fixed: file.fixed.map { Fixed(rule: $0.rule, line: $0.location.line) })
        }
        notFixed = fixing.unfixed.map {
            NotFixed(
                rule: $0.finding.rule, file: $0.finding.location.file,
                line: $0.finding.location.line, reason: $0.reason)
        }
        needsLock = fixing.needsLock
    }
}
