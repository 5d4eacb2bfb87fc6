import ApusCore
import Testing

@Suite struct DigestTests {
    private let users: Migration
    private let index: Migration

    init() throws {
        users = try migration("1.0.0 users")
        index = try migration("1.1.0 index", day: 2)
    }

    private func digest(_ index: Migration, _ change: (inout Bench) -> Void = { _ in }) throws
        -> Checksum
    {
        try Bench(users, index).applied(users).with(change).plan(.latest).digest
    }

    @Test func `the digest is the same for the same plan`() throws {
        let own = try digest(index)
        #expect(try digest(index) == own)
        #expect(try digest(index) { $0.migrations.reverse() } == own)
        #expect(try digest(index) { $0.options.now = "20240101_000000" } == own)
        #expect(
            try Bench(users, index).applied(users).plan(.upTo(version("1.1.0"))).digest == own)
    }

    @Test func `a comment does not change the digest`() throws {
        let commented = try migration(
            "1.1.0 index", day: 2, up: "-- why\nCREATE TABLE index (a int);")
        #expect(try digest(commented) == digest(index))
    }

    @Test(arguments: [
        ([String](), "SELECT 1;", "DROP TABLE index;"), ([], nil, "SELECT 1;"),
        (["no-transaction"], nil, nil), (["lock-timeout 1s"], nil, nil),
        (["statement-timeout 1s"], nil, nil), (["depends-on none"], nil, nil),
        (["minimum-application 1.0.0"], nil, nil),
    ])
    func `whatever is run, or recorded, changes the digest`(
        directives: [String], up: String?, down: String?
    ) throws {
        let changed =
            switch directives.first {
            case nil: try migration("1.1.0 index", day: 2, up: up, down: down)
            case let directive?: try migration("1.1.0 index", day: 2, directive, up: up, down: down)
            }
        #expect(try digest(changed) != digest(index))
    }

    @Test func `other steps, another start and another direction change the digest`() throws {
        let own = try digest(index)
        let later = try migration("1.1.0 index", day: 3)
        let sequential = try migration(
            "1.1.0 index", day: 2, "no-transaction", up: "SELECT 1; SELECT 2;")
        let bench = Bench(users, sequential).applied(users)
        let others = [
            try digest(later),
            try digest(index) { $0.database = SimulatedDatabase() },
            try Bench(users, index).applied(users, index).plan(.undoLast(1)).digest,
            try Bench(users, index).plan(.baseline(version("1.0.0"))).digest,
            try bench.plan(.latest).digest,
            try bench.unfinished(sequential, done: 1).plan(.latest).digest,
            try bench.unfinished(sequential, done: 0).plan(.latest).digest,
            try bench.unfinished(sequential, done: 1).plan(.undoLast(1)).digest,
        ]
        #expect(Set(others + [own]).count == others.count + 1)
    }
}
