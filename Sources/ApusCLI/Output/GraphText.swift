import ApusCore
import ApusEngine

/// `apus graph`, for people: a line a migration, layer by layer, with what it comes after.
struct GraphText {
    let survey: DependencySurvey
    let layered: LayeredGraph
    let console: Console

    func print() {
        console.print(survey.sentence(layered))
        let ids = layered.nodes.compactMap { node -> MigrationID? in
            if case .migration(let id) = node.content { id } else { nil }
        }
        let width = ids.map { $0.version.description.count }.max() ?? 0
        let nameWidth = ids.map(\.name.count).max() ?? 0
        // Of one layer, what belongs together stands together.
        for node in layered.nodes.sorted(by: {
            ($0.place.layer, $0.place.row) < ($1.place.layer, $1.place.row)
        }) {
            console.answer(line(node, width, nameWidth))
        }
        if layered.nodes.contains(where: { if case .collapsed = $0.content { true } else { false } }
        ) {
            console.print("Each of them: apus graph --all")
        }
    }

    private func line(_ node: LayeredGraph.Node, _ width: Int, _ nameWidth: Int) -> String {
        let layer = Wording.padded(
            "\(node.place.layer + 1)", String(layered.extent.layer).count)
        switch node.content {
        case .collapsed:
            return "  \(layer)  \(console.paint("✓", .good)) \(node.content.title)"
        case .migration(let id):
            let status = survey.statuses[id]
            let look = status.map(StatusText.look)
            let head =
                "  \(layer)  \(look.map { console.paint($0.0, $0.1) } ?? "·") \(Wording.padded(id.version.description, width))  \(Wording.padded(id.name, nameWidth))"
            let word = status.map {
                "  " + console.paint(Wording.padded($0.rawValue, 10), look?.1 ?? .faint)
            }
            return head + (word ?? "  ") + needs(node)
        }
    }

    private func needs(_ node: LayeredGraph.Node) -> String {
        let names = node.needs.map(\.reference)
        if names.isEmpty { return node.isDeclared ? "needs nothing" : "is the first" }
        return "\(node.isDeclared ? "needs" : "after") \(names.joined(separator: ", "))"
    }
}
