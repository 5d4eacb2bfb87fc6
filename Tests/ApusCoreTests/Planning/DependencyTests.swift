import ApusCore
import Testing

@Suite struct DependencyTests {
    private let a: Migration
    private let b: Migration

    init() throws {
        a = try migration("1.0.0 a")
        b = try migration("1.1.0 b", day: 2)
    }

    @Test(arguments: ["1.2.0/c", "20250103_000000_1.2.0_c"])
    func `a declared dependency comes first, also across versions`(reference: String) throws {
        let b = try migration("1.1.0 b", day: 2, "depends-on \(reference)")
        let c = try migration("1.2.0 c", day: 3, "depends-on 1.0.0/a")
        let bench = Bench(c, b, a)
        #expect(bench.steps(.latest) == ["+1.0.0 a", "+1.2.0 c", "+1.1.0 b"])
        let step = try #require(try bench.plan(.latest).steps.last)
        #expect(step.record?.dependencies == [c.id])
    }

    @Test func `a dependency that the plan leaves pending stops it`() throws {
        let b = try migration("1.1.0 b", day: 2, "depends-on 1.2.0/c")
        let c = try migration("1.2.0 c", day: 3, "depends-on none")
        #expect(
            Bench(a, b, c).report(.upTo(version("1.1.0"))) == """
                error[dependency-missing]: 1.1.0 b depends on 1.2.0 c, which this plan leaves pending
                next:  migrate further: apus migrate 1.2.0
                """)
        #expect(
            Bench(a, b, c).applied(c).steps(.upTo(version("1.1.0"))) == ["+1.0.0 a", "+1.1.0 b"])
    }

    @Test func `what is left pending is told with the whole way that it needs`() throws {
        let b = try migration("1.1.0 b", day: 2, "depends-on 1.2.0/c")
        let c = try migration("1.2.0 c", day: 3, "depends-on 1.3.0/d")
        let d = try migration("1.3.0 d", day: 4, "depends-on 1.0.0/a")
        #expect(
            Bench(a, b, c, d).report(.upTo(version("1.1.0"))) == """
                error[dependency-missing]: 1.1.0 b depends on 1.2.0 c, which this plan leaves pending
                1.1.0 b declares that it depends on 1.2.0 c
                1.2.0 c declares that it depends on 1.3.0 d
                next:  migrate further: apus migrate 1.3.0
                """)
    }

    @Test func `a missing dependency is refused with the nearest name`() throws {
        let b = try migration("1.1.0 b", day: 2, "depends-on 1.0.0/x", "lock-timeout 1s")
        #expect(
            Bench(a, b).report(.latest) == """
                error[dependency-missing]: 1.1.0 b depends on "1.0.0/x", which is no migration here, did you mean "1.0.0/a"?
                  --> 20250102_000000_1.1.0_b.sql:1:1
                """)
    }

    @Test func `an ambiguous dependency is refused with what it could mean`() throws {
        let again = try migration("1.0.0 a", day: 2)
        let b = try migration("1.1.0 b", day: 3, "depends-on 1.0.0/a")
        #expect(
            Bench(a, again, b).report(.latest) == """
                error[dependency-missing]: 1.1.0 b depends on "1.0.0/a", which 2 migrations are called
                  --> 20250103_000000_1.1.0_b.sql:1:1
                20250101_000000_1.0.0_a
                20250102_000000_1.0.0_a
                next:  name one of them by its whole id
                """)
    }

    @Test func `all unresolved dependencies are told at once`() throws {
        let b = try migration("1.1.0 b", day: 2, "depends-on 9.9.9/x 9.9.9/y")
        let c = try migration("1.2.0 c", day: 3, "depends-on 8.8.8/z")
        #expect(Bench(a, b, c).steps(.latest).count == 3)
    }

    @Test func `a cycle is named in full`() throws {
        let b = try migration("1.1.0 b", day: 2, "depends-on 1.2.0/c")
        let c = try migration("1.2.0 c", day: 3, "depends-on 1.3.0/d")
        let d = try migration("1.3.0 d", day: 4, "depends-on 1.0.0/a 1.1.0/b")
        #expect(
            Bench(a, b, c, d).report(.latest) == """
                error[dependency-cycle]: migrations depend on each other: 1.1.0 b → 1.2.0 c → 1.3.0 d → 1.1.0 b
                1.1.0 b declares that it depends on 1.2.0 c
                1.2.0 c declares that it depends on 1.3.0 d
                1.3.0 d declares that it depends on 1.1.0 b
                next:  take one `depends-on` out of the circle
                """)
    }

    @Test func `a cycle through the rule of all before is explained`() throws {
        let b = try migration("1.1.0 b", day: 2, "depends-on 1.3.0/d")
        let c = try migration("1.2.0 c", day: 3)
        let d = try migration("1.3.0 d", day: 4)
        #expect(
            Bench(a, b, c, d).report(.latest) == """
                error[dependency-cycle]: migrations depend on each other: 1.1.0 b → 1.3.0 d → 1.1.0 b
                1.1.0 b declares that it depends on 1.3.0 d
                1.3.0 d declares nothing, so it depends on all before it: 1.1.0 b
                next:  take one `depends-on` out of the circle
                """)
    }

    @Test func `a migration that depends on itself is a cycle`() throws {
        let b = try migration("1.1.0 b", day: 2, "depends-on 1.1.0/b")
        #expect(
            Bench(a, b).steps(.latest) == [
                "dependency-cycle: migrations depend on each other: 1.1.0 b → 1.1.0 b"
            ])
    }

    @Test func `what is applied and has no file still counts as a dependency`() throws {
        let c = try migration("1.2.0 c", day: 3, "depends-on 1.0.0/a")
        let graph = try DependencyGraph(
            migrations: [c], history: Bench().applied(a).database.history)
        #expect(graph.order == [a.id, c.id])
        #expect(graph.depends(c.id, on: a.id))
        #expect(graph.position(b.id) == nil)
    }

    @Test func `a long chain of dependencies is no problem`() throws {
        let count = 1_000
        let chain = try (0..<count).map { number in
            try migration(
                "1.\(number).0 m",
                number == count - 1 ? "depends-on none" : "depends-on 1.\(number + 1).0/m")
        }
        let graph = try DependencyGraph(
            migrations: chain.shuffled(), history: History(registry: .present(version: 1)))
        #expect(graph.order == chain.map(\.id).reversed())
    }
}
