/// The order in which migrations may be applied: by id, then by what they declare to depend on.
///
/// A migration without `depends-on` depends on everything that sorts before it. Such a dependency is
/// kept as a rule and never written out as edges, so that thousands of migrations stay cheap.
public struct DependencyGraph: Sendable {
    /// All ids in an order that respects every dependency; ties go by id.
    public let order: [MigrationID]
    /// Declared dependencies, resolved to ids; absent for "all before".
    public let declared: [MigrationID: [MigrationID]]
    private let positions: [MigrationID: Int]

    /// Resolves references among `migrations` and what `history` holds besides.
    ///
    /// Throws every missing or ambiguous reference, or the one cycle that was found, named in full.
    public init(migrations: [Migration], history: History) throws(Diagnostics) {
        let files = Set(migrations.map(\.id))
        var dependencies: [MigrationID: [MigrationID]] = [:]
        var nodes = files
        for applied in history.applied where !files.contains(applied.id) {
            nodes.insert(applied.id)
            if let declared = applied.dependencies { dependencies[applied.id] = declared }
        }
        let sorted = nodes.sorted()
        var problems: [Diagnostic] = []
        for migration in migrations {
            guard case .declared(let references) = migration.dependencies else { continue }
            var ids: [MigrationID] = []
            for reference in references {
                let matches = sorted.filter(reference.matches)
                if matches.count == 1 {
                    ids.append(matches[0])
                } else {
                    problems.append(Self.unresolved(reference, of: migration, matches, sorted))
                }
            }
            dependencies[migration.id] = ids
        }
        if !problems.isEmpty { throw Diagnostics(problems) }

        var visit = Visit(sorted: sorted, dependencies: dependencies)
        order = try visit.run()
        declared = dependencies
        positions = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    }

    /// Where an id stands in ``order``; `nil` for an id that is not part of the graph.
    public func position(_ id: MigrationID) -> Int? { positions[id] }

    /// Whether the one directly needs the other to have been applied.
    public func depends(_ id: MigrationID, on other: MigrationID) -> Bool {
        if let declared = declared[id] { declared.contains(other) } else { other < id }
    }

    private static func unresolved(
        _ reference: Migration.Reference, of migration: Migration, _ matches: [MigrationID],
        _ all: [MigrationID]
    ) -> Diagnostic {
        if matches.isEmpty {
            let names = all.map(\.description) + all.map { "\($0.version)/\($0.name)" }
            return Diagnostic(
                .dependencyMissing,
                "\(migration.id.title) depends on \"\(reference.text)\", which is no migration here",
                at: reference.location,
                hint: Suggestion.nearest(to: reference.text, in: names).map { "did you mean \"\($0)\"?" })
        }
        return Diagnostic(
            .dependencyMissing,
            "\(migration.id.title) depends on \"\(reference.text)\", which \(matches.count) migrations are called",
            at: reference.location, details: matches.map(\.description),
            help: ["name one of them by its whole id"])
    }

    /// A depth-first walk in id order.
    private struct Visit {
        let sorted: [MigrationID]
        let dependencies: [MigrationID: [MigrationID]]
        let indices: [MigrationID: Int]
        var isPlaced: [Bool]
        var order: [MigrationID] = []
        /// Everything below this index is placed.
        var placedPrefix = 0
        /// The ids being visited, outermost first, to name a cycle.
        var trail: [Int] = []
        var isOnTrail: [Bool]

        init(sorted: [MigrationID], dependencies: [MigrationID: [MigrationID]]) {
            self.sorted = sorted
            self.dependencies = dependencies
            indices = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0) })
            isPlaced = Array(repeating: false, count: sorted.count)
            isOnTrail = isPlaced
        }

        mutating func run() throws(Diagnostics) -> [MigrationID] {
            order.reserveCapacity(sorted.count)
            for index in sorted.indices { try visit(index) }
            return order
        }

        private mutating func visit(_ index: Int) throws(Diagnostics) {
            if isPlaced[index] { return }
            if isOnTrail[index] { throw Diagnostics([cycle(at: index)]) }
            trail.append(index)
            isOnTrail[index] = true
            if let declared = dependencies[sorted[index]] {
                for id in declared { if let next = indices[id] { try visit(next) } }
            } else {
                var before = placedPrefix
                while before < index {
                    try visit(before)
                    before += 1
                }
            }
            trail.removeLast()
            isOnTrail[index] = false
            isPlaced[index] = true
            order.append(sorted[index])
            while placedPrefix < sorted.count, isPlaced[placedPrefix] { placedPrefix += 1 }
        }

        private func cycle(at index: Int) -> Diagnostic {
            let start = trail.firstIndex(of: index) ?? 0
            let members = trail[start...] + [index]
            let path = members.map { sorted[$0].title }
            let details = zip(members, members.dropFirst()).map { from, to in
                dependencies[sorted[from]] == nil
                    ? "\(sorted[from].title) declares nothing, so it depends on all before it: \(sorted[to].title)"
                    : "\(sorted[from].title) declares that it depends on \(sorted[to].title)"
            }
            return Diagnostic(
                .dependencyCycle,
                "migrations depend on each other: \(path.joined(separator: " → "))",
                details: details, help: ["take one `depends-on` out of the circle"])
        }
    }
}
