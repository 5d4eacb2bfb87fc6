public import ApusCore

/// The dependencies of a folder and of what the database has had, and how each migration stands.
public struct DependencySurvey: Sendable {
    public let graph: DependencyGraph
    /// Of every migration of the graph; empty where no database was asked.
    public let statuses: [MigrationID: MigrationState.Status]
    /// What is wrong with files that are not valid migrations: they are not part of the graph.
    public let problems: [Diagnostic]

    /// Of a database that was looked at.
    ///
    /// Throws what ``DependencyGraph`` refuses; a state that could be read has a graph.
    public init(_ state: DatabaseState) throws(Diagnostics) {
        graph = try DependencyGraph(
            migrations: state.migrations.compactMap(\.migration), history: state.history)
        statuses = Dictionary(uniqueKeysWithValues: state.migrations.map { ($0.id, $0.status) })
        problems = state.problems
    }

    /// Of files alone.
    ///
    /// Throws what cannot be read, and missing, ambiguous and circular dependencies.
    public init(filesIn folder: MigrationFolder) throws(Diagnostics) {
        let survey = try folder.survey()
        graph = try DependencyGraph(
            migrations: survey.migrations, history: History(registry: .absent(userTables: 0)))
        statuses = [:]
        problems = survey.problems
    }

    /// In layers, as it is drawn.
    ///
    /// - Parameter whole: Whether what is applied, and needed by nothing that is not, is drawn one by one.
    package func layered(whole: Bool) -> LayeredGraph {
        LayeredGraph(
            graph,
            collapsing: whole ? [] : Set(statuses.filter { $0.value == .applied }.map(\.key)))
    }

    /// `5 migrations in 4 layers: 3 applied, 2 pending`
    package func sentence(_ layered: LayeredGraph) -> String {
        let counts = MigrationState.Status.allCases.compactMap { status -> String? in
            let count = graph.order.count { statuses[$0] == status }
            return count == 0 ? nil : "\(count) \(status.rawValue)"
        }
        let (migrations, layers) = (graph.order.count, layered.extent.layer)
        let head =
            "\(migrations) \(migrations == 1 ? "migration" : "migrations") in \(layers) \(layers == 1 ? "layer" : "layers")"
        return counts.isEmpty ? head : "\(head): \(counts.joined(separator: ", "))"
    }
}

extension LayeredGraph.Content {
    /// `1.2.0 languages`, or `12 applied, 1.0.0 to 1.4.0`.
    package var title: String {
        switch self {
        case .migration(let id): return id.title
        case .collapsed(let ids):
            let versions = ids.map(\.version)
            guard let first = versions.min(), let last = versions.max() else { return "nothing" }
            return first == last
                ? "\(ids.count) applied, \(first)" : "\(ids.count) applied, \(first) to \(last)"
        }
    }
}
