import ApusCore
import ApusEngine

/// `apus.graph/1`
struct GraphBody: Encodable {
    /// Missing where no database was asked.
    var target: TargetBody?
    var layers: Int
    var problems: [DiagnosticBody]
    var migrations: [Entry]

    struct Entry: Encodable {
        var id: String
        var version: String
        var name: String
        /// Missing where no database was asked.
        var status: String?
        /// From 1.
        var layer: Int
        /// Whether it declares what it needs; otherwise it depends on all before it.
        var declares: Bool
        /// What it declares, resolved; missing for all before it.
        var dependsOn: [String]?
        /// What it needs directly: dependencies without those that follow from others.
        var needs: [String]
    }

    /// - Parameter layered: Whole, nothing of it collapsed.
    init(_ survey: DependencySurvey, _ layered: LayeredGraph, _ target: DatabaseTarget?) {
        self.target = target.map(TargetBody.init)
        layers = layered.extent.layer
        problems = survey.problems.map(DiagnosticBody.init)
        migrations = layered.nodes.compactMap { node in
            guard case .migration(let id) = node.content else { return nil }
            return Entry(
                id: id.description, version: id.version.description, name: id.name,
                status: survey.statuses[id]?.rawValue, layer: node.place.layer + 1,
                declares: node.isDeclared,
                dependsOn: survey.graph.declared[id]?.map(\.description),
                needs: node.needs.map(\.description))
        }
    }
}
