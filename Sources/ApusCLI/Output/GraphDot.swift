import ApusCore
import ApusEngine

/// The graph in the language of Graphviz.
struct GraphDot {
    let text: String

    init(_ survey: DependencySurvey, _ layered: LayeredGraph) {
        var lines = [
            "digraph migrations {", "    rankdir=LR;",
            "    node [shape=box, fontname=\"sans-serif\"];",
        ]
        for (index, node) in layered.nodes.enumerated() {
            let attributes = Self.attributes(node, survey)
            let list = attributes.map { "\($0.0)=\(Self.quoted($0.1))" }.joined(separator: ", ")
            lines.append("    \(Self.name(index, layered)) [\(list)];")
        }
        for edge in layered.edges {
            let style = layered.nodes[edge.to].isDeclared ? "" : " [style=\"dashed\"]"
            lines.append(
                "    \(Self.name(edge.from, layered)) -> \(Self.name(edge.to, layered))\(style);")
        }
        text = (lines + ["}"]).joined(separator: "\n")
    }

    private static func name(_ index: Int, _ layered: LayeredGraph) -> String {
        switch layered.nodes[index].content {
        case .migration(let id): quoted(id.description)
        case .collapsed: quoted("applied before")
        }
    }

    private static func attributes(
        _ node: LayeredGraph.Node, _ survey: DependencySurvey
    ) -> [(String, String)] {
        switch node.content {
        case .collapsed: [("label", "✓ \(node.content.title)"), ("peripheries", "2")]
        case .migration(let id):
            switch survey.statuses[id] {
            case nil: [("label", "\(id.version)\n\(id.name)")]
            case let status?:
                [
                    ("label", "\(StatusText.look(status).0) \(id.version)\n\(id.name)"),
                    ("tooltip", status.rawValue),
                ] + (status == .pending ? [("style", "dashed")] : [])
                    + (status == .applied || status == .pending ? [] : [("style", "bold")])
            }
        }
    }

    /// In quotes; a line's end is written as DOT writes it.
    static func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
        return "\"\(escaped)\""
    }
}
