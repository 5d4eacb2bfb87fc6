import ApusCore
import ApusEngine

/// The graph as a Mermaid flowchart, which many wikis and forges draw.
struct GraphMermaid {
    let text: String

    init(_ survey: DependencySurvey, _ layered: LayeredGraph) {
        var lines = ["flowchart LR"]
        for (index, node) in layered.nodes.enumerated() {
            switch node.content {
            case .collapsed:
                lines.append(
                    "    m\(index)[[\(Self.quoted(["✓ \(node.content.title)"]))]]:::applied")
            case .migration(let id):
                let status = survey.statuses[id]
                let glyph = status.map { StatusText.look($0).0 + " " } ?? ""
                let word = status.map { [$0.rawValue] } ?? []
                lines.append(
                    "    m\(index)[\(Self.quoted(["\(glyph)\(id.version)", id.name] + word))]"
                        + (status.map { ":::\($0.rawValue)" } ?? ""))
            }
        }
        for edge in layered.edges {
            let arrow = layered.nodes[edge.to].isDeclared ? "-->" : "-.->"
            lines.append("    m\(edge.from) \(arrow) m\(edge.to)")
        }
        let used = Set(survey.statuses.values)
        for status in MigrationState.Status.allCases where used.contains(status) {
            lines.append("    classDef \(status.rawValue) \(Self.style(status))")
        }
        text = lines.joined(separator: "\n")
    }

    /// Strokes alone, so that light and dark drawings stay readable.
    private static func style(_ status: MigrationState.Status) -> String {
        switch status {
        case .applied: "stroke:#1d6b42,stroke-width:2px"
        case .pending: "stroke:#2a559f,stroke-width:2px,stroke-dasharray:5 3"
        case .unfinished, .late: "stroke:#80530a,stroke-width:4px"
        case .missing, .changed, .invalid: "stroke:#a3261d,stroke-width:4px"
        }
    }

    /// Lines in quotes. Mermaid writes characters that mean something as `#CODE;`.
    static func quoted(_ lines: [String]) -> String {
        let escaped = lines.map { line in
            line.unicodeScalars.map { scalar in
                "\"#&<>`;".unicodeScalars.contains(scalar)
                    ? "#\(scalar.value);" : String(scalar)
            }.joined()
        }
        return "\"\(escaped.joined(separator: "<br/>"))\""
    }
}
