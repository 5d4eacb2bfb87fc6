/// What some migrations need, directly or by way of others, and on which way.
///
/// Each migration is looked at once, whatever the number of roots: "all before" is walked as a range
/// that only grows.
struct DependencyReach {
    private let graph: DependencyGraph
    /// By index: from where it was reached; itself for a root, `nil` where nothing needs it.
    private var cameFrom: [Int?]

    /// - Parameter roots: What was asked for; where several need the same, the way from the first of
    ///   them is kept. Ids that are not part of the graph are passed over.
    init(from roots: some Sequence<MigrationID>, in graph: DependencyGraph) {
        self.graph = graph
        cameFrom = Array(repeating: nil, count: graph.sorted.count)
        var covered = 0
        for root in roots {
            guard let start = graph.indices[root], cameFrom[start] == nil else { continue }
            cameFrom[start] = start
            var queue = [start]
            var position = 0
            while position < queue.count {
                let index = queue[position]
                position += 1
                let next: [Int]
                if let declared = graph.needs[index] {
                    next = declared
                } else {
                    next = Array(min(covered, index)..<index)
                    covered = max(covered, index)
                }
                for needed in next where cameFrom[needed] == nil {
                    cameFrom[needed] = index
                    queue.append(needed)
                }
            }
        }
    }

    /// The way from a root to what it needs, both included; empty where no root needs it.
    func way(to id: MigrationID) -> [MigrationID] {
        guard var index = graph.indices[id], var previous = cameFrom[index] else { return [] }
        var way = [id]
        while previous != index {
            way.append(graph.sorted[previous])
            index = previous
            previous = cameFrom[index] ?? index
        }
        return way.reversed()
    }

    /// Everything that was reached, the roots included, ascending.
    var reached: [MigrationID] {
        graph.sorted.indices.filter { cameFrom[$0] != nil }.map { graph.sorted[$0] }
    }
}

extension DependencyGraph {
    /// Each hop of a way in words: who needs the next one, and why.
    func reasons(along way: [MigrationID]) -> [String] {
        zip(way, way.dropFirst()).map { from, to in
            declared[from] == nil
                ? "\(from.title) declares nothing, so it depends on all before it: \(to.title)"
                : "\(from.title) declares that it depends on \(to.title)"
        }
    }
}
