/// The migrations that come too late: pending, although something that the database already has
/// needs them, directly or by way of others.
///
/// A migration that declares nothing needs everything that sorts before it. One that declares what
/// it needs makes nothing else late: whatever sorts before it may also come after it.
public struct LateMigrations: Sendable {
    private let reach: DependencyReach
    private let present: Set<MigrationID>

    /// - Parameter graph: Of the same folder and history.
    public init(_ graph: DependencyGraph, history: History) {
        let present = Set(history.applied.map(\.id)).union(history.halfApplied.map(\.id))
        // The last one first: it is the one to be named where several need the same.
        let roots = present.compactMap { id in graph.position(id).map { (id, $0) } }
            .sorted { $0.1 > $1.1 }.map(\.0)
        reach = DependencyReach(from: roots, in: graph)
        self.present = present
    }

    /// The way from the last migration that the database has and that needs `id`, both included;
    /// empty where `id` is not late.
    public func way(to id: MigrationID) -> [MigrationID] {
        present.contains(id) ? [] : reach.way(to: id)
    }

    public func contains(_ id: MigrationID) -> Bool { !way(to: id).isEmpty }
}
