import ApusCore
import Testing

/// Dependencies that contradict the upgrade paths, or what the history has recorded.
@Suite struct ContradictionTests {
    private let a: Migration
    private let b: Migration
    private let c: Migration

    init() throws {
        a = try migration("1.0.0 a")
        b = try migration("1.1.0 b", day: 2, "depends-on 1.2.0/c")
        c = try migration("1.2.0 c", day: 3, "depends-on 1.0.0/a")
    }

    private func paths(_ edges: [String: [String]]) -> Catalogue {
        var catalogue = Catalogue.empty
        catalogue.upgradePaths = UpgradePaths(
            Dictionary(
                uniqueKeysWithValues: edges.map { (version($0), $1.map(version)) }))
        return catalogue
    }

    // MARK: Upgrade paths

    @Test func `a declared path that applies the needed migration afterwards is refused`() {
        let bench = Bench(a, b, c).applied(a)
            .with { $0.catalogue = paths(["1.0.0": ["1.1.0"], "1.1.0": ["1.2.0"]]) }
        #expect(
            bench.report(.latest) == """
                error[dependency-contradiction]: 1.1.0 b depends on 1.2.0 c, which the upgrade path applies only after it
                  --> 20250102_000000_1.1.0_b.sql:1:1
                1.1.0 b declares that it depends on 1.2.0 c
                the way of the upgrade: 1.0.0 → 1.1.0 → 1.2.0
                1.1.0 is a version of the declared upgrade paths: it is whole before anything of 1.2.0 is applied
                next:  give one of the two another version, or take the dependency out of 20250102_000000_1.1.0_b.sql
                next:  or allow the way past 1.1.0 in the catalogue: upgrade_paths: {1.0.0: [1.2.0]}
                """)
    }

    @Test func `a required stop between the two is refused`() {
        let bench = Bench(a, b, c).applied(a).with {
            $0.catalogue = Catalogue(releases: [
                Release(version: version("1.1.0"), isRequiredStop: true)
            ])
        }
        #expect(
            bench.report(.latest) == """
                error[dependency-contradiction]: 1.1.0 b depends on 1.2.0 c, which the upgrade path applies only after it
                  --> 20250102_000000_1.1.0_b.sql:1:1
                1.1.0 b declares that it depends on 1.2.0 c
                the way of the upgrade: 1.0.0 → 1.1.0 → 1.2.0
                1.1.0 is a required stop: the run ends there, before 1.2.0
                next:  give one of the two another version, or take the dependency out of 20250102_000000_1.1.0_b.sql
                next:  or take the required stop out of the catalogue's release 1.1.0
                """)
    }

    @Test func `a path that goes past the release contradicts nothing`() {
        let bench = Bench(a, b, c).applied(a)
            .with { $0.catalogue = paths(["1.0.0": ["1.2.0"]]) }
        #expect(bench.steps(.latest) == ["+1.2.0 c", "+1.1.0 b"])
    }

    @Test func `without declared paths releases of one run may be mixed`() {
        #expect(Bench(a, b, c).applied(a).steps(.latest) == ["+1.2.0 c", "+1.1.0 b"])
    }

    @Test func `a new database goes straight to its version`() {
        let bench = Bench(a, b, c)
            .with { $0.catalogue = paths(["1.0.0": ["1.1.0"], "1.1.0": ["1.2.0"]]) }
        #expect(bench.steps(.latest) == ["+1.0.0 a", "+1.2.0 c", "+1.1.0 b"])
    }

    // MARK: What the history recorded

    @Test func `a dependency edited after it was applied is drift`() throws {
        let then = try migration("1.2.0 c", day: 3, "depends-on 1.0.0/a")
        let now = try migration("1.2.0 c", day: 3, "depends-on none")
        #expect(
            Bench(a, now).applied(a, then).report(.latest) == """
                error[dependency-changed]: 1.2.0 c was edited after it was applied: what it depends on differs
                  --> 20250103_000000_1.2.0_c.sql:1:1
                when it was applied it depended on 1.0.0/a
                the file says that it depends on nothing
                next:  put the directive back as it was in 20250103_000000_1.2.0_c.sql
                next:  or let the history take what the file says: apus repair accept 1.2.0/c
                """)
    }

    @Test(arguments: [("1.0.0/a", "all before it"), (nil, "1.0.0/a")] as [(String?, String)])
    func `a dependency added or taken out after it was applied is drift`(
        now: String?, was: String
    ) throws {
        let all = try migration("1.2.0 c", day: 3)
        let declared = try migration("1.2.0 c", day: 3, "depends-on 1.0.0/a")
        let (file, applied) = now == nil ? (all, declared) : (declared, all)
        let findings = Drift.findings(
            migrations: [a, file], history: Bench().applied(a, applied).database.history)
        #expect(findings.map(\.code) == [.dependencyChanged])
        #expect(findings.first?.details.first == "when it was applied it depended on \(was)")
    }

    @Test func `naming the same migration otherwise changes only a comment`() throws {
        let then = try migration("1.2.0 c", day: 3, "depends-on 1.0.0/a")
        let now = try migration("1.2.0 c", day: 3, "depends-on 20250101_000000_1.0.0_a")
        let findings = Drift.findings(
            migrations: [a, now], history: Bench().applied(a, then).database.history)
        #expect(findings.map(\.code) == [.commentsChanged])
    }

    @Test func `accepting the edit records what the file says`() throws {
        let then = try migration("1.2.0 c", day: 3, "depends-on 1.0.0/a")
        let now = try migration("1.2.0 c", day: 3, "depends-on none")
        var bench = Bench(a, now).applied(a, then)
        let plan = try bench.plan(.acceptEdit(now.id))
        #expect(plan.steps.first?.record?.dependencies == [])
        bench.database.perform(plan)
        #expect(bench.steps(.latest) == [])
    }

    @Test func `what was recorded counts until then`() throws {
        let then = try migration("1.1.0 b", day: 2, "depends-on 1.0.0/a")
        let now = try migration("1.1.0 b", day: 2, "depends-on 1.2.0/c")
        let history = Bench().applied(a, then).database.history
        let graph = try DependencyGraph(migrations: [a, now, c], history: history)
        #expect(graph.declared[now.id] == [a.id])
        #expect(graph.order == [a.id, now.id, c.id])
    }
}
