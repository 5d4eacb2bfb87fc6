import ApusCore
import ApusEngine

/// A diagnosis, for people.
struct DoctorText {
    let diagnosis: Diagnosis
    let console: Console

    func print() {
        let width = diagnosis.findings.map(\.area.rawValue.count).max() ?? 0
        for finding in diagnosis.findings { print(finding, width) }
        printSettings()
        console.answer(closing)
    }

    private func print(_ finding: Diagnosis.Finding, _ width: Int) {
        let (glyph, word, role) = Self.look(finding.level)
        let head =
            "  \(console.paint(glyph, role)) \(console.paint(Wording.padded(word, 7), role))  \(Wording.padded(finding.area.rawValue, width))  "
        let line = head + finding.message
        // What is well is left out where only the answer is wanted.
        if finding.level < .warning { console.print(line) } else { console.answer(line) }
        let indent = String(repeating: " ", count: 13 + width + 2)
        for detail in finding.details { console.print(indent + detail) }
        for help in finding.help { console.print("\(indent)mend: \(help)") }
    }

    private func printSettings() {
        console.print("Configuration")
        let width = diagnosis.settings.map(\.name.count).max() ?? 0
        let valueWidth = min(40, diagnosis.settings.map { ($0.value ?? "–").count }.max() ?? 0)
        for setting in diagnosis.settings {
            let name = Wording.padded(setting.name, width)
            let value = Wording.padded(setting.value ?? "–", valueWidth)
            console.print("  \(name)  \(value)  \(console.paint(setting.source, .faint))")
        }
    }

    private var closing: String {
        let counts = [(Diagnosis.Finding.Level.error, "error"), (.warning, "warning")].compactMap {
            level, noun -> String? in
            let count = diagnosis.findings.count { $0.level == level }
            return count == 0 ? nil : Wording.count(count, noun)
        }
        guard let code = diagnosis.outcome else {
            return counts.isEmpty ? "All is well." : "\(counts.joined(separator: ", "))."
        }
        return "\(counts.joined(separator: ", ")). More: apus explain \(code.rawValue)"
    }

    private static func look(_ level: Diagnosis.Finding.Level) -> (String, String, Console.Role) {
        switch level {
        case .good: ("✓", "ok", .good)
        case .notice: ("·", "note", .faint)
        case .warning: ("▲", "warning", .warning)
        case .error: ("✗", "error", .bad)
        }
    }
}
