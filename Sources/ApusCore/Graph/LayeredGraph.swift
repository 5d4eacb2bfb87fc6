/// The dependencies as they are drawn: in layers from left to right, each migration in the first
/// layer behind everything that it needs, and without edges that follow from others.
package struct LayeredGraph: Sendable {
    /// A place in the drawing, counted from 0: layers go right, rows go down.
    package struct Place: Hashable, Sendable {
        package var layer: Int
        package var row: Int
    }

    package enum Content: Hashable, Sendable {
        case migration(MigrationID)
        /// Several that are settled, drawn as one; in the order of application.
        case collapsed([MigrationID])
    }

    package struct Node: Hashable, Sendable {
        package var content: Content
        package var place: Place
        /// What it needs directly, in the order of the ids, also where that is drawn as one.
        package var needs: [MigrationID]
        /// The same as indices into ``LayeredGraph/nodes``, ascending.
        package var sources: [Int]
        /// Whether it declares what it needs; otherwise it depends on all before it.
        package var isDeclared: Bool
    }

    package struct Edge: Hashable, Sendable {
        /// What is needed, an index into ``LayeredGraph/nodes``.
        package var from: Int
        /// Who needs it.
        package var to: Int
        /// Where the edge passes the layers in between; empty where there are none, and in a drawing
        /// that is too large for that.
        package var bends: [Place]
    }

    /// Nothing stands before what it needs.
    package let nodes: [Node]
    package let edges: [Edge]

    /// - Parameter settled: What may be drawn as one: of it, everything that needs nothing outside of
    ///   it. The last ones stay, which nothing settled needs: those that something else needs
    ///   directly, or where all is settled, all of them.
    package init(_ graph: DependencyGraph, collapsing settled: Set<MigrationID> = []) {
        let reduced = DependencyReduction(graph).needs
        let order = graph.order.compactMap { graph.indices[$0] }
        let hidden = Self.hidden(order, reduced, graph.sorted.map(settled.contains))

        var nodes: [Node] = []
        var nodeOf: [Int?] = Array(repeating: nil, count: reduced.count)
        let collapsed = order.filter { hidden[$0] }
        let start = Place(layer: 0, row: 0)
        if !collapsed.isEmpty {
            let ids = collapsed.map { graph.sorted[$0] }
            nodes.append(
                Node(
                    content: .collapsed(ids), place: start, needs: [], sources: [],
                    isDeclared: false))
            for index in collapsed { nodeOf[index] = 0 }
        }
        for index in order where !hidden[index] {
            let sources = Set(reduced[index].compactMap { nodeOf[$0] }).sorted()
            let layer = sources.map { nodes[$0].place.layer + 1 }.max() ?? 0
            nodeOf[index] = nodes.count
            nodes.append(
                Node(
                    content: .migration(graph.sorted[index]), place: Place(layer: layer, row: 0),
                    needs: reduced[index].map { graph.sorted[$0] }, sources: sources,
                    isDeclared: graph.needs[index] != nil))
        }
        var rows = LayerRows(nodes)
        rows.arrange()
        for index in nodes.indices { nodes[index].place = rows.place(of: index) }
        self.nodes = nodes
        edges = rows.edges
    }

    /// How many layers and rows there are.
    package var extent: Place {
        Place(
            layer: (nodes.map(\.place.layer).max() ?? -1) + 1,
            row: ((nodes.map(\.place) + edges.flatMap(\.bends)).map(\.row).max() ?? -1) + 1)
    }

    /// By index into the graph's sorted ids: what is drawn as one.
    private static func hidden(
        _ order: [Int], _ needs: [[Int]], _ isSettled: [Bool]
    ) -> [Bool] {
        var isPrefix = isSettled
        for index in order where isPrefix[index] {
            isPrefix[index] = needs[index].allSatisfy { isPrefix[$0] }
        }
        var isNeededInside = Array(repeating: false, count: order.count)
        var isNeededOutside = isNeededInside
        for index in order {
            for need in needs[index] {
                if isPrefix[index] {
                    isNeededInside[need] = true
                } else {
                    isNeededOutside[need] = true
                }
            }
        }
        let isWhole = isPrefix.allSatisfy { $0 }
        let hidden = order.indices.map { index in
            isPrefix[index] && (isNeededInside[index] || !(isWhole || isNeededOutside[index]))
        }
        // A single one takes no more room as itself.
        return hidden.count { $0 } < 2 ? hidden.map { _ in false } : hidden
    }
}
