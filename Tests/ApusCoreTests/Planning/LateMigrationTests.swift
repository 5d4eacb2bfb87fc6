import ApusCore
import Testing

@Suite struct LateMigrationTests {
    private let a: Migration
    private let b: Migration

    init() throws {
        a = try migration("1.0.0 a")
        b = try migration("1.1.0 b", day: 2)
    }

    @Test func `an applied migration that declares nothing makes all before it late`() throws {
        let c = try migration("1.2.0 c", day: 3)
        #expect(
            Bench(a, b, c).applied(a, c).report(.latest) == """
                error[late-migration]: 1.1.0 b is pending, but 1.2.0 c, which comes after it, is already applied
                pending: 20250102_000000_1.1.0_b.sql
                applied: 20250103_000000_1.2.0_c.sql
                next:  give it a version above that one, or accept it as it is: apus migrate --allow-out-of-order
                """)
    }

    @Test(arguments: ["none", "1.0.0/a"])
    func `an applied migration that declares what it needs makes nothing else late`(
        needs: String
    ) throws {
        let c = try migration("1.2.0 c", day: 3, "depends-on \(needs)")
        #expect(Bench(a, b, c).applied(a, c).steps(.latest) == ["+1.1.0 b"])
    }

    @Test func `what an applied migration needs by way of another is late, with the way`() throws {
        let b = try migration("1.1.0 b", day: 2, "depends-on none")
        let c = try migration("1.2.0 c", day: 3, "depends-on 1.1.0/b")
        let d = try migration("1.3.0 d", day: 4, "depends-on 1.2.0/c")
        let bench = Bench(b, c, d).applied(b, c, d)
            .with { $0.database.history.applied.removeFirst(2) }
        #expect(
            bench.report(.latest) == """
                error[late-migration]: 1.1.0 b is pending, but 1.3.0 d, which depends on it, is already applied
                pending: 20250102_000000_1.1.0_b.sql
                applied: 20250104_000000_1.3.0_d.sql
                1.3.0 d declares that it depends on 1.2.0 c
                1.2.0 c declares that it depends on 1.1.0 b
                next:  accept it as it is: apus migrate --allow-out-of-order

                error[late-migration]: 1.2.0 c is pending, but 1.3.0 d, which depends on it, is already applied
                pending: 20250103_000000_1.2.0_c.sql
                applied: 20250104_000000_1.3.0_d.sql
                next:  accept it as it is: apus migrate --allow-out-of-order
                """)
        #expect(
            bench.with { $0.options.allowsOutOfOrder = true }.steps(.latest)
                == ["+1.1.0 b", "+1.2.0 c"])
    }

    @Test func `a half applied migration makes late what it needs`() throws {
        let c = try migration("1.2.0 c", day: 3, "no-transaction")
        let bench = Bench(a, b, c).applied(a).unfinished(c, done: 1)
        #expect(
            bench.steps(.latest) == [
                "late-migration: 1.1.0 b is pending, but 1.2.0 c, which comes after it, is already begun"
            ])
    }

    @Test func `what is applied is not late`() throws {
        let c = try migration("1.2.0 c", day: 3)
        let history = Bench().applied(a, c).database.history
        let graph = try DependencyGraph(migrations: [a, b, c], history: history)
        let late = LateMigrations(graph, history: history)
        #expect(![a, c].contains { late.contains($0.id) })
        #expect(late.way(to: b.id) == [c.id, b.id])
    }
}
