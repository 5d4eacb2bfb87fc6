/// A depth-first walk in id order, with a stack of its own: a chain of dependencies may be as
/// long as the history.
struct DependencyWalk {
    private let sorted: [MigrationID]
    /// By index; `nil` means all before.
    private let needs: [[Int]?]
    private var isPlaced: [Bool]
    private var order: [MigrationID] = []
    /// By index, once it has run: where each stands in the order.
    private(set) var positions: [Int]
    /// Everything below this index is placed.
    private var placedPrefix = 0
    /// The ids being visited, outermost first, and what each has still to look at.
    private var trail: [(index: Int, needs: [Int], isImplicit: Bool)] = []
    private var isOnTrail: [Bool]

    init(sorted: [MigrationID], needs: [[Int]?]) {
        self.sorted = sorted
        self.needs = needs
        isPlaced = Array(repeating: false, count: sorted.count)
        isOnTrail = isPlaced
        positions = Array(repeating: 0, count: sorted.count)
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
        let declared = needs[index]
        trail.append((index, declared?.reversed() ?? [], declared == nil))
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
        positions[index] = order.count
        order.append(sorted[index])
        while placedPrefix < sorted.count, isPlaced[placedPrefix] { placedPrefix += 1 }
    }

    private func cycle(at index: Int) -> Diagnostic {
        let start = trail.firstIndex { $0.index == index } ?? 0
        let members = trail[start...].map(\.index) + [index]
        let path = members.map { sorted[$0].title }
        let details = zip(members, members.dropFirst()).map { from, to in
            needs[from] == nil
                ? "\(sorted[from].title) declares nothing, so it depends on all before it: \(sorted[to].title)"
                : "\(sorted[from].title) declares that it depends on \(sorted[to].title)"
        }
        return Diagnostic(
            .dependencyCycle,
            "migrations depend on each other: \(path.joined(separator: " → "))",
            details: details, help: ["take one `depends-on` out of the circle"])
    }
}
