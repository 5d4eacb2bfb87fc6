/// The order in which migrations may be applied: by id, then by what they declare to depend on.
///
/// A migration without `depends-on` depends on everything that sorts before it. Such a dependency is
/// kept as a rule and never written out as edges, so that thousands of migrations stay cheap.
public struct DependencyGraph: Sendable {
    /// All ids in an order that respects every dependency; ties go by id.
    public let order: [MigrationID]
    /// Declared dependencies, resolved to ids; absent for "all before".
    public let declared: [MigrationID: [MigrationID]]
    /// By index: where it stands in ``order``.
    private let positions: [Int]
    /// All ids, ascending.
    let sorted: [MigrationID]
    /// Where each id stands in ``sorted``.
    let indices: [MigrationID: Int]
    /// By index: what is declared, as indices of what is here; `nil` for "all before".
    let needs: [[Int]?]

    /// Resolves references among `migrations` and what `history` holds besides.
    ///
    /// Of what is applied, the history's record counts and not the file: the database was built in
    /// that order. Where the two differ, ``Drift`` says so.
    ///
    /// Throws every missing or ambiguous reference, or the one cycle that was found, named in full.
    public init(migrations: [Migration], history: History) throws(Diagnostics) {
        var dependencies: [MigrationID: [MigrationID]] = [:]
        let recorded = Set(history.applied.lazy.map(\.id))
        for applied in history.applied {
            if let declared = applied.dependencies { dependencies[applied.id] = declared }
        }
        // Each of the two is nearly sorted, which is what sorting is quickest with.
        let others = migrations.lazy.map(\.id).filter { !recorded.contains($0) }
        var sorted: [MigrationID] = []
        for id in (history.applied.map(\.id) + others).sorted() where id != sorted.last {
            sorted.append(id)
        }
        self.sorted = sorted
        var problems: [Diagnostic] = []
        let names = Self.names(migrations, sorted)
        for migration in migrations where !recorded.contains(migration.id) {
            guard case .declared(let references) = migration.dependencies else { continue }
            var ids: [MigrationID] = []
            for reference in references {
                let matches = names[reference.text] ?? []
                if matches.count == 1 {
                    ids.append(matches[0])
                } else {
                    problems.append(Self.unresolved(reference, of: migration, matches, sorted))
                }
            }
            dependencies[migration.id] = ids
        }
        if !problems.isEmpty { throw Diagnostics(problems) }

        let indices = sorted.indices(by: \.self)
        needs = sorted.map { id in dependencies[id].map { $0.compactMap { indices[$0] } } }
        var walk = DependencyWalk(sorted: sorted, needs: needs)
        order = try walk.run()
        declared = dependencies
        self.indices = indices
        positions = walk.positions
    }

    /// Where an id stands in ``order``; `nil` for an id that is not part of the graph.
    public func position(_ id: MigrationID) -> Int? { indices[id].map { positions[$0] } }

    /// Whether the one directly needs the other to have been applied.
    public func depends(_ id: MigrationID, on other: MigrationID) -> Bool {
        if let declared = declared[id] { declared.contains(other) } else { other < id }
    }

    /// What a reference may be called; empty where nothing refers to anything.
    private static func names(
        _ migrations: [Migration], _ sorted: [MigrationID]
    ) -> [String: [MigrationID]] {
        guard migrations.contains(where: { $0.dependencies != .allBefore }) else { return [:] }
        var names: [String: [MigrationID]] = [:]
        for id in sorted {
            for name in Migration.Reference.names(of: id) { names[name, default: []].append(id) }
        }
        return names
    }

    private static func unresolved(
        _ reference: Migration.Reference, of migration: Migration, _ matches: [MigrationID],
        _ all: [MigrationID]
    ) -> Diagnostic {
        if matches.isEmpty {
            let names = all.flatMap(Migration.Reference.names)
            return Diagnostic(
                .dependencyMissing,
                "\(migration.id.title) depends on \"\(reference.text)\", which is no migration here",
                at: reference.location,
                hint: Suggestion.nearest(to: reference.text, in: names).map {
                    "did you mean \"\($0)\"?"
                })
        }
        return Diagnostic(
            .dependencyMissing,
            "\(migration.id.title) depends on \"\(reference.text)\", which \(matches.count) migrations are called",
            at: reference.location, details: matches.map(\.description),
            help: ["name one of them by its whole id"])
    }
}
