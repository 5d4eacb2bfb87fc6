import ApusCore
import Testing

@Suite struct ForwardTests {
    private let users: Migration
    private let trips: Migration
    private let index: Migration
    private let names: Migration

    init() throws {
        users = try migration("1.0.0 users", day: 1)
        trips = try migration("1.0.0 trips", day: 2)
        index = try migration("1.1.0 index", day: 3)
        names = try migration("1.2.0 names", day: 4)
    }

    private var bench: Bench { Bench(users, trips, index, names) }

    @Test func `latest applies everything pending in order`() throws {
        #expect(
            bench.steps(.latest) == [
                "+1.0.0 users", "+1.0.0 trips", "+1.1.0 index", "+1.2.0 names",
            ])
        #expect(
            bench.sentence(.latest)
                == "Applies 4 migrations, takes the database from empty to 1.2.0.")
    }

    @Test func `pending is a set difference`() throws {
        let bench = bench.applied(users, trips)
        #expect(bench.steps(.latest) == ["+1.1.0 index", "+1.2.0 names"])
        #expect(
            bench.sentence(.latest)
                == "Applies 2 migrations: 1.1.0 index, 1.2.0 names, takes the database from 1.0.0 to 1.2.0."
        )
    }

    @Test func `a version is reached when all of its migrations are applied`() throws {
        let plan = try bench.applied(users).plan(.upTo(version("1.0.0")))
        #expect(plan.from == nil)
        #expect(plan.to == version("1.0.0"))
        #expect(
            plan.sentence
                == "Applies 1 migration: 1.0.0 trips, takes the database from empty to 1.0.0.")
        #expect(plan.remaining.map(\.title) == ["1.1.0 index", "1.2.0 names"])
    }

    @Test func `up to a version stops there and says what remains`() throws {
        let plan = try bench.plan(.upTo(version("1.1.0")))
        #expect(plan.steps.map(\.id.title) == ["1.0.0 users", "1.0.0 trips", "1.1.0 index"])
        #expect(plan.remaining.map(\.title) == ["1.2.0 names"])
    }

    @Test func `an up-to-date database has an empty plan`() throws {
        let bench = bench.applied(users, trips, index, names)
        #expect(try bench.plan(.latest).isEmpty)
        #expect(bench.sentence(.latest) == "Nothing to apply: the database is at 1.2.0.")
        #expect(
            bench.sentence(.upTo(version("1.1.0")))
                == "Nothing to apply up to 1.1.0: the database is at 1.2.0.")
        #expect(Bench().sentence(.latest) == "Nothing to apply: there are no migrations.")
    }

    @Test func `an unknown version is refused with the nearest`() {
        #expect(
            bench.report(.upTo(version("1.1.1"))) == """
                error[version-unknown]: there is no migration of version 1.1.1, did you mean 1.1.0?
                versions: 1.0.0, 1.1.0, 1.2.0
                """)
    }

    @Test func `F53 a late migration is an error that names both`() {
        #expect(
            bench.applied(users, trips, names).report(.latest) == """
                error[late-migration]: 1.1.0 index is pending, but 1.2.0 names, which comes after it, is already applied
                pending: 20250103_000000_1.1.0_index.sql
                applied: 20250104_000000_1.2.0_names.sql
                next:  give it a version above that one, or accept it as it is: apus migrate --allow-out-of-order
                """)
    }

    @Test func `F53 a late migration of the same version is late, too`() {
        #expect(
            bench.applied(trips, index).steps(.latest) == [
                "late-migration: 1.0.0 users is pending, but 1.1.0 index, which comes after it, is already applied"
            ])
    }

    @Test func `F53 out of order is possible where it is allowed`() {
        let bench = bench.applied(users, trips, names).with { $0.options.allowsOutOfOrder = true }
        #expect(bench.steps(.latest) == ["+1.1.0 index"])
        #expect(
            bench.sentence(.latest)
                == "Applies 1 migration: 1.1.0 index, the database stays at 1.2.0.")
    }

    @Test func `F53 a late migration that nobody asks for holds up nothing`() {
        let bench = bench.applied(trips, index).with { $0.migrations.append(self.users) }
        #expect(
            Bench(users, trips, index).applied(users, trips, index).steps(.upTo(version("1.0.0")))
                == [])
        #expect(bench.database.history.applied.count == 2)
    }

    @Test func `F54 a timestamp in the future is a notice and swallows nothing`() throws {
        let late = try migration("1.3.0 later", day: 31)
        let bench = Bench(users, late).with { $0.options.now = "20250115_000000" }
        let plan = try bench.plan(.latest)
        #expect(plan.steps.map(\.id.title) == ["1.0.0 users", "1.3.0 later"])
        #expect(
            plan.warnings.map { DiagnosticRenderer().render($0) } == [
                """
                notice[future-timestamp]: 1.3.0 later carries a timestamp in the future (20250131_000000)
                  --> 20250131_000000_1.3.0_later.sql:1:1
                """
            ])
        #expect(
            try bench.with { $0.migrations.append(self.names) }.applied(users, late)
                .with { $0.options.allowsOutOfOrder = true }.plan(.latest).steps.map(\.id.title)
                == ["1.2.0 names"])
    }

    @Test func `F59 a database with tables and no history is refused`() {
        let bench = bench.with { $0.database.history.registry = .absent(userTables: 1) }
        #expect(
            bench.report(.latest) == """
                error[tables-without-history]: the database has 1 table and no history: Apus cannot know which migrations it has had
                next:  if the tables are what migrations up to V make: apus baseline V
                next:  if they belong to no migration: apus baseline 0.0.0
                next:  to write them down as the first migration: apus create-initial
                """)
        let empty = bench.with { $0.database.history.registry = .absent(userTables: 0) }
        #expect(empty.steps(.latest).count == 4)
    }

    @Test func `a large file's text is not kept whole`() throws {
        let long = String(repeating: "-- padding padding padding padding\n", count: 1 << 15)
        let large = try migration("1.0.0 large", up: "\(long)CREATE TABLE large (a int);")
        let exact = try #require(try Bench(large).plan(.latest).steps.first?.record)
        #expect(exact.text == .down(Array("DROP TABLE large;\n".utf8), transaction: .wrapped))
        let small = try #require(try Bench(users).plan(.latest).steps.first?.record)
        #expect(small.text == .whole(users.source.bytes(0..<users.source.count)))
    }
}
