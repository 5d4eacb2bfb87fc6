/// Dependencies that lead against the upgrade paths: a migration needs one of a later release that
/// the declared way applies only afterwards.
///
/// Only versions that the catalogue itself makes part of the way count: a required stop, and those
/// that its edges name. Where it declares nothing, releases that are applied in one run may be mixed.
struct PathContradictions {
    private let from: SemanticVersion?
    private let route: UpgradeRoute
    /// Where the whole way leads; beyond ``route`` where that ends at a required stop.
    private let to: SemanticVersion?
    /// The versions that have to be whole before anything later is applied, ascending.
    private let milestones: [SemanticVersion]

    init(
        from: SemanticVersion?, route: UpgradeRoute, to: SemanticVersion?, _ catalogue: Catalogue
    ) {
        self.from = from
        self.route = route
        self.to = to
        guard from != nil else {
            // A new database goes straight to its version, whatever lies in between.
            milestones = []
            return
        }
        let edges = catalogue.upgradePaths.edges
        let named = Set(edges.keys).union(edges.values.joined())
        milestones = route.versions.filter { version in
            version == route.stop || (version != route.versions.last && named.contains(version))
        }
    }

    /// - Parameters:
    ///   - selected: What is to be applied, before a required stop cuts it.
    ///   - pending: Everything that is not applied.
    func check(
        _ selected: [MigrationID], pending: Set<MigrationID>,
        _ files: [MigrationID: Migration], _ graph: DependencyGraph
    ) throws(Diagnostics) {
        guard !milestones.isEmpty else { return }
        let problems = selected.flatMap { id in
            (graph.declared[id] ?? []).compactMap { needed -> Diagnostic? in
                guard pending.contains(needed),
                    let milestone = milestones.first(where: {
                        id.version <= $0 && $0 < needed.version
                    })
                else { return nil }
                return contradiction(id, needed, milestone, files[id])
            }
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }

    private func contradiction(
        _ id: MigrationID, _ needed: MigrationID, _ milestone: SemanticVersion, _ file: Migration?
    ) -> Diagnostic {
        var location: SourceLocation?
        if case .declared(let references)? = file?.dependencies {
            location = references.first { $0.matches(needed) }?.location
        }
        let isStop = milestone == route.stop
        let way = ([from] + route.versions + (isStop ? [to] : [])).compactMap { $0 }
        return Diagnostic(
            .dependencyContradiction,
            "\(id.title) depends on \(needed.title), which the upgrade path applies only after it",
            at: location,
            details: [
                "\(id.title) declares that it depends on \(needed.title)",
                "the way of the upgrade: \(way.map(\.description).joined(separator: " → "))",
                isStop
                    ? "\(milestone) is a required stop: the run ends there, before \(needed.version)"
                    : "\(milestone) is a version of the declared upgrade paths: it is whole before anything of \(needed.version) is applied",
            ],
            help: [
                "give one of the two another version, or take the dependency out of \(id.fileName)",
                isStop
                    ? "or take the required stop out of the catalogue's release \(milestone)"
                    : "or allow the way past \(milestone) in the catalogue: upgrade_paths: {\(from ?? milestone): [\(needed.version)]}",
            ])
    }
}
