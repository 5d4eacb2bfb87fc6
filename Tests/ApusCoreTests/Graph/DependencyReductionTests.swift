import Testing

@testable import ApusCore

@Suite struct DependencyReductionTests {
    private static let nothing = History(registry: .absent(userTables: 0))

    /// Twelve migrations, two thirds of which declare up to four others; folders with a circle are
    /// thrown away.
    private static func graph(seed: UInt64) throws -> DependencyGraph {
        var generator = SeededGenerator(seed: seed)
        while true {
            let titles = (0..<12).map { "1.\($0).0 m\($0)" }
            let folder = try titles.map { title in
                let others = titles.shuffled(using: &generator)
                    .prefix(Int.random(in: 1...4, using: &generator))
                    .filter { Int.random(in: 0..<4, using: &generator) == 0 || $0 < title }
                    .map { $0.replacing(" ", with: "/") }
                return switch Int.random(in: 0..<3, using: &generator) {
                case 0: try migration(title)
                default:
                    try migration(
                        title,
                        "depends-on \(others.isEmpty ? "none" : others.joined(separator: " "))")
                }
            }
            if let graph = try? DependencyGraph(migrations: folder, history: nothing) {
                return graph
            }
        }
    }

    /// What each reaches, the slow way.
    private static func closure(_ edges: [[Int]]) -> [Set<Int>] {
        var reach = edges.map(Set.init)
        for _ in edges {
            for index in edges.indices {
                reach[index].formUnion(reach[index].flatMap { reach[$0] })
            }
        }
        return reach
    }

    @Test(arguments: UInt64(1)...60)
    func `it reaches the same, and without any one of its edges it would not`(seed: UInt64) throws {
        let graph = try Self.graph(seed: seed)
        let all = graph.needs.enumerated().map { index, needs in needs ?? Array(0..<index) }
        let reduced = DependencyReduction(graph).needs
        let whole = Self.closure(all)
        #expect(Self.closure(reduced) == whole)
        for index in reduced.indices {
            #expect(reduced[index] == Set(reduced[index]).sorted())
            for need in reduced[index] {
                var without = reduced
                without[index].removeAll { $0 == need }
                #expect(Self.closure(without) != whole)
            }
        }
    }

    @Test func `thousands reach over the borders of blocks`() throws {
        let count = 4_200
        let folder = try (0..<count).map { number in
            number == count - 1
                ? try migration("1.\(number).0 m", "depends-on 1.0.0/m 1.2050.0/m 1.4100.0/m")
                : try migration("1.\(number).0 m")
        }
        let graph = try DependencyGraph(migrations: folder, history: Self.nothing)
        let needs = DependencyReduction(graph).needs
        #expect(needs.dropLast().enumerated().allSatisfy { $1 == ($0 == 0 ? [] : [$0 - 1]) })
        #expect(needs.last == [4_100])
    }
}
