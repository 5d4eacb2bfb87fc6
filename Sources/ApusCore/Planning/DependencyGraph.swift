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
        let names = Self.names(migrations, sorted)
        for migration in migrations {
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

    /// A depth-first walk in id order, with a stack of its own: a chain of dependencies may be as
    /// long as the history.
    private struct Visit {
        let sorted: [MigrationID]
        let dependencies: [MigrationID: [MigrationID]]
        let indices: [MigrationID: Int]
        var isPlaced: [Bool]
        var order: [MigrationID] = []
        /// Everything below this index is placed.
        var placedPrefix = 0
        /// The ids being visited, outermost first, and what each has still to look at.
        var trail: [(index: Int, needs: [Int], isImplicit: Bool)] = []
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
            for index in sorted.indices where !isPlaced[index] {
                enter(index)
                while let next = nextNeeded() {
                    if isOnTrail[next] { throw Diagnostics([cycle(at: next)]) }
                    enter(next)
                }
            }
            return order
        }

        private mutating func enter(_ index: Int) {
            let declared = dependencies[sorted[index]]
            let needs = declared?.compactMap { indices[$0] }.reversed() ?? []
            trail.append((index, Array(needs), declared == nil))
            isOnTrail[index] = true
        }

        /// The next id to visit; places those on the trail's end that need nothing more. `nil` when
        /// the trail is used up.
        private mutating func nextNeeded() -> Int? {
            while let last = trail.indices.last {
                if trail[last].isImplicit {
                    // All before it: whatever comes first and is not placed.
                    if placedPrefix < trail[last].index { return placedPrefix }
                } else {
                    while let next = trail[last].needs.popLast() {
                        if !isPlaced[next] { return next }
                    }
                }
                place(trail.removeLast().index)
            }
            return nil
        }

        private mutating func place(_ index: Int) {
            isOnTrail[index] = false
            isPlaced[index] = true
            order.append(sorted[index])
            while placedPrefix < sorted.count, isPlaced[placedPrefix] { placedPrefix += 1 }
        }

        private func cycle(at index: Int) -> Diagnostic {
            let start = trail.firstIndex { $0.index == index } ?? 0
            let members = trail[start...].map(\.index) + [index]
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
