import ApusCore
import ApusEngine
import Hummingbird

/// `GET /api/graph`
enum GraphAPI {
    static let routes = [
        Route(.api, .get, "/graph", .look) { exchange in
            let state = try await exchange.site.states.current().overview.state
            return JSONAnswer.response(GraphDocument(try DependencySurvey(state)))
        }
    ]
}

struct GraphDocument: Encodable {
    var layers: Int
    var migrations: [GraphMigrationDocument]

    init(_ survey: DependencySurvey) {
        let layered = survey.layered(whole: true)
        layers = layered.extent.layer
        migrations = layered.nodes.compactMap { GraphMigrationDocument($0, survey) }
    }
}

struct GraphMigrationDocument: Encodable {
    var id: String
    var version: String
    var name: String
    var status: String?
    /// From 1.
    var layer: Int
    var declares: Bool
    /// Missing for all before it.
    var dependsOn: [String]?
    var needs: [String]

    init?(_ node: LayeredGraph.Node, _ survey: DependencySurvey) {
        guard case .migration(let migration) = node.content else { return nil }
        id = migration.description
        version = migration.version.description
        name = migration.name
        status = survey.statuses[migration]?.rawValue
        layer = node.place.layer + 1
        declares = node.isDeclared
        dependsOn = survey.graph.declared[migration]?.map(\.description)
        needs = node.needs.map(\.description)
    }
}
