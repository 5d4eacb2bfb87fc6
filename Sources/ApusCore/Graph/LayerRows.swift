/// Arranges what stands in a layer from top to bottom, so that edges are short and cross little.
///
/// An edge over several layers takes a slot in each layer between, so that nothing is drawn over it.
/// Slots are sorted by the middle of what they are connected to, forth, back and forth (the
/// barycentre method of Sugiyama, Tagawa and Toda, 1981).
struct LayerRows {
    /// Beyond this many slots edges are drawn straight: nobody looks at such a drawing as a whole.
    private static let mostBends = 20_000

    private struct Slot {
        var layer: Int
        var row = 0
        var before: [Int] = []
        var after: [Int] = []
    }

    /// Those of the nodes first.
    private var slots: [Slot]
    /// Slots by layer, from top to bottom.
    private var layers: [[Int]]
    private var routes: [(from: Int, to: Int, bends: [Int])] = []

    init(_ nodes: [LayeredGraph.Node]) {
        slots = nodes.map { Slot(layer: $0.place.layer) }
        layers = Array(repeating: [], count: (slots.map(\.layer).max() ?? -1) + 1)
        let ends = nodes.indices.flatMap { to in nodes[to].sources.map { (from: $0, to: to) } }
        let bends = ends.reduce(0) { $0 + slots[$1.to].layer - slots[$1.from].layer - 1 }
        for (from, to) in ends {
            var route: [Int] = []
            var last = from
            if bends <= Self.mostBends {
                for layer in slots[from].layer + 1..<slots[to].layer {
                    slots.append(Slot(layer: layer))
                    connect(last, slots.count - 1)
                    last = slots.count - 1
                    route.append(last)
                }
            }
            connect(last, to)
            routes.append((from, to, route))
        }
        for slot in slots.indices { layers[slots[slot].layer].append(slot) }
    }

    mutating func arrange() {
        number()
        for layer in layers.indices { sort(layer, by: \.before) }
        for layer in layers.indices.reversed() { sort(layer, by: \.after) }
        for layer in layers.indices { sort(layer, by: \.before) }
        straighten()
    }

    func place(of node: Int) -> LayeredGraph.Place {
        LayeredGraph.Place(layer: slots[node].layer, row: slots[node].row)
    }

    var edges: [LayeredGraph.Edge] {
        routes.map { .init(from: $0.from, to: $0.to, bends: $0.bends.map(place)) }
    }

    private mutating func connect(_ from: Int, _ to: Int) {
        slots[from].after.append(to)
        slots[to].before.append(from)
    }

    private mutating func number() {
        for layer in layers.indices { number(layer) }
    }

    private mutating func number(_ layer: Int) {
        for (row, slot) in layers[layer].enumerated() { slots[slot].row = row }
    }

    /// What is connected to nothing on that side keeps its place.
    private mutating func sort(_ layer: Int, by side: KeyPath<Slot, [Int]>) {
        guard layers[layer].count > 1 else { return }
        let keys = layers[layer].enumerated().map { row, slot in
            (key: middle(of: slots[slot][keyPath: side]) ?? Double(row), row: row, slot: slot)
        }
        layers[layer] = keys.sorted { ($0.key, $0.row) < ($1.key, $1.row) }.map(\.slot)
        number(layer)
    }

    /// Moves slots down to where they come from, as far as there is room: chains become lines.
    private mutating func straighten() {
        for layer in layers {
            var free = 0
            for slot in layer {
                let wanted = middle(of: slots[slot].before).map { Int($0) } ?? 0
                slots[slot].row = max(free, wanted)
                free = slots[slot].row + 1
            }
        }
    }

    private func middle(of neighbours: [Int]) -> Double? {
        guard !neighbours.isEmpty else { return nil }
        return Double(neighbours.reduce(0) { $0 + slots[$1].row }) / Double(neighbours.count)
    }
}
