import ApusCore
import Testing

@Suite struct BaselineTests {
    private let users: Migration
    private let index: Migration

    init() throws {
        users = try migration("1.0.0 users")
        index = try migration("1.1.0 index", day: 2)
    }

    private var bench: Bench {
        Bench(users, index).with { $0.database.history.registry = .absent(userTables: 6) }
    }

    @Test func `F59 a baseline records without running`() throws {
        let plan = try bench.plan(.baseline(version("1.0.0")))
        #expect(plan.steps.map(\.action) == [.record])
        #expect(plan.to == version("1.0.0"))
        #expect(plan.remaining == [index.id])
        #expect(
            plan.sentence
                == "Records 1 migration: 1.0.0 users as applied without running it; the database counts as 1.0.0."
        )
        var after = bench
        after.database.history.registry = .present(version: 1)
        after.database.perform(plan)
        #expect(after.database.history.applied.map(\.isBaseline) == [true])
        #expect(after.steps(.latest) == ["+1.1.0 index"])
        #expect(after.steps(.undoLast(1)) == ["-1.0.0 users"])
    }

    @Test func `F59 a baseline of 0.0.0 accepts tables that belong to no migration`() throws {
        let plan = try bench.plan(.baseline(version("0.0.0")))
        #expect(plan.isEmpty)
        #expect(
            plan.sentence
                == "Starts a history without any migration; the tables that exist are left as they are."
        )
    }

    @Test func `a baseline is for a database without a history`() {
        #expect(
            bench.applied(users).report(.baseline(version("1.1.0"))) == """
                error[history-exists]: the database already has a history of 1 migration; a baseline is for one without
                next:  apus status
                """)
        #expect(
            bench.unfinished(users, done: 1).steps(.baseline(version("1.0.0"))) == [
                "unfinished-migration: 1.0.0 users stopped after statement 1 of 3: a baseline is for a database without a history"
            ])
    }

    @Test func `a baseline of an unknown version is refused with the nearest`() {
        #expect(
            bench.report(.baseline(version("1.0.1"))) == """
                error[version-unknown]: there is no migration of version 1.0.1, did you mean 1.0.0?
                versions: 1.0.0, 1.1.0
                """)
    }

    @Test func `a baseline leaves no dependency open`() throws {
        let early = try migration("1.0.0 early", "depends-on 1.1.0/index")
        #expect(
            Bench(early, index).steps(.baseline(version("1.0.0"))).first
                == "dependency-cycle: migrations depend on each other: 1.0.0 early → 1.1.0 index → 1.0.0 early"
        )
        let free = try migration("1.1.0 index", day: 2, "depends-on none")
        #expect(
            Bench(early, free).steps(.baseline(version("1.0.0"))) == [
                "dependency-missing: 1.0.0 early depends on 1.1.0 index, which this plan leaves pending"
            ])
    }
}
