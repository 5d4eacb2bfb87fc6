import Testing

@testable import ApusCore

@Suite struct LayeredGraphTests {
    private func layered(
        _ migrations: [Migration], settled: [Migration] = []
    ) throws -> LayeredGraph {
        let graph = try DependencyGraph(
            migrations: migrations, history: History(registry: .absent(userTables: 0)))
        return LayeredGraph(graph, collapsing: Set(settled.map(\.id)))
    }

    /// `1.0.0 a @0,0 → 1.1.0 b @1,0`: an edge's ends with their places; then nodes without edges.
    private func words(_ graph: LayeredGraph) -> [String] {
        func name(_ index: Int) -> String {
            let node = graph.nodes[index]
            let place = "@\(node.place.layer),\(node.place.row)"
            return switch node.content {
            case .migration(let id): "\(id.name)\(place)"
            case .collapsed(let ids): "[\(ids.map(\.name).joined(separator: " "))]\(place)"
            }
        }
        let ends = Set(graph.edges.flatMap { [$0.from, $0.to] })
        return graph.edges.map { "\(name($0.from)) → \(name($0.to))" }
            + graph.nodes.indices.filter { !ends.contains($0) }.map(name)
    }

    @Test func `a folder without declarations is a chain`() throws {
        let migrations = try (0..<5).map { try migration("1.\($0).0 m\($0)") }
        #expect(
            words(try layered(migrations)) == [
                "m0@0,0 → m1@1,0", "m1@1,0 → m2@2,0", "m2@2,0 → m3@3,0", "m3@3,0 → m4@4,0",
            ])
    }

    @Test func `what follows from other dependencies is not drawn`() throws {
        let a = try migration("1.0.0 a")
        let b = try migration("1.1.0 b", "depends-on 1.0.0/a")
        let c = try migration("1.2.0 c", "depends-on 1.0.0/a 1.1.0/b")
        #expect(words(try layered([a, b, c])) == ["a@0,0 → b@1,0", "b@1,0 → c@2,0"])
    }

    @Test func `all before are those that nothing else before needs`() throws {
        let a = try migration("1.0.0 a")
        let b = try migration("1.1.0 b", "depends-on 1.0.0/a")
        let c = try migration("1.2.0 c", "depends-on 1.0.0/a")
        let d = try migration("1.3.0 d")
        let graph = try layered([a, b, c, d])
        #expect(
            words(graph) == [
                "a@0,0 → b@1,0", "a@0,0 → c@1,1", "b@1,0 → d@2,0", "c@1,1 → d@2,0",
            ])
        #expect(graph.nodes.map(\.isDeclared) == [false, true, true, false])
        #expect(graph.extent == .init(layer: 3, row: 2))
    }

    @Test func `a migration that needs nothing stands in the first layer`() throws {
        let a = try migration("1.0.0 a")
        let b = try migration("1.1.0 b", "depends-on none")
        #expect(words(try layered([a, b])) == ["a@0,0", "b@0,1"])
    }

    @Test func `a migration stands behind one of a later release that it needs`() throws {
        let a = try migration("1.0.0 a")
        let b = try migration("1.1.0 b", "depends-on 1.2.0/c")
        let c = try migration("1.2.0 c", "depends-on 1.0.0/a")
        let d = try migration("1.3.0 d")
        #expect(
            words(try layered([a, b, c, d])) == [
                "a@0,0 → c@1,0", "c@1,0 → b@2,0", "b@2,0 → d@3,0",
            ])
    }

    @Test func `an edge over several layers keeps a place free in each`() throws {
        let a = try migration("1.0.0 a")
        let b = try migration("1.1.0 b", "depends-on 1.0.0/a")
        let c = try migration("1.2.0 c", "depends-on 1.1.0/b")
        let x = try migration("1.3.0 x", "depends-on none")
        let d = try migration("1.4.0 d", "depends-on 1.2.0/c 1.3.0/x")
        let graph = try layered([a, b, c, x, d])
        let edge = try #require(graph.edges.first { graph.nodes[$0.from].place.row == 1 })
        #expect(edge.bends == [.init(layer: 1, row: 1), .init(layer: 2, row: 1)])
        let taken = graph.nodes.map(\.place) + graph.edges.flatMap(\.bends)
        #expect(Set(taken).count == taken.count)
    }

    // MARK: Collapsing

    @Test func `what is applied is one, except what something pending needs directly`() throws {
        let all = try (0..<6).map { try migration("1.\($0).0 m\($0)") }
        #expect(
            words(try layered(all, settled: Array(all[..<4]))) == [
                "[m0 m1 m2]@0,0 → m3@1,0", "m3@1,0 → m4@2,0", "m4@2,0 → m5@3,0",
            ])
    }

    @Test func `what is drawn as one is never behind something that is not`() throws {
        let all = try (0..<4).map { try migration("1.\($0).0 m\($0)") }
        let aside = try migration("2.0.0 aside", "depends-on 1.0.0/m0")
        let graph = try layered(all + [aside], settled: all)
        // Nothing pending needs the last applied one, so that it is drawn with the others.
        #expect(words(graph) == ["[m0 m1 m2 m3]@0,0 → aside@1,0"])
        #expect(graph.nodes.last?.needs == [all[0].id])
    }

    @Test func `where everything is applied the last ones stay`() throws {
        let all = try (0..<4).map { try migration("1.\($0).0 m\($0)") }
        #expect(words(try layered(all, settled: all)) == ["[m0 m1 m2]@0,0 → m3@1,0"])
    }

    @Test func `only what rests on applied migrations alone is collapsed`() throws {
        let all = try (0..<6).map { try migration("1.\($0).0 m\($0)") }
        let words = words(try layered(all, settled: [0, 1, 2, 4].map { all[$0] }))
        #expect(
            words == [
                "[m0 m1]@0,0 → m2@1,0", "m2@1,0 → m3@2,0", "m3@2,0 → m4@3,0", "m4@3,0 → m5@4,0",
            ])
    }

    @Test func `a single one is drawn as itself`() throws {
        let all = try (0..<3).map { try migration("1.\($0).0 m\($0)") }
        #expect(
            words(try layered(all, settled: Array(all[..<2]))) == [
                "m0@0,0 → m1@1,0", "m1@1,0 → m2@2,0",
            ])
    }

    @Test func `an empty folder is an empty drawing`() throws {
        let graph = try layered([])
        #expect(graph.nodes.isEmpty)
        #expect(graph.edges.isEmpty)
        #expect(graph.extent == .init(layer: 0, row: 0))
    }
}
