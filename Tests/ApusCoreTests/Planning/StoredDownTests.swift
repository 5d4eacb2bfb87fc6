import ApusCore
import Testing

@Suite struct StoredDownTests {
    private let users: Migration
    private let edited: Migration

    init() throws {
        users = try migration("1.0.0 users")
        edited = try migration("1.0.0 users", down: "DROP TABLE users CASCADE;")
    }

    private func text(_ step: Step) -> [String] {
        step.script.statements(in: step.source).map { step.source.text($0.range) }
    }

    @Test func `rollback runs the text that was kept, also without the file`() throws {
        let plan = try Bench().applied(users).plan(.undoLast(1))
        let step = try #require(plan.steps.first)
        #expect(step.origin == .stored)
        #expect(step.source.path == "20250101_000000_1.0.0_users.sql (kept in the history)")
        #expect(text(step) == ["DROP TABLE users"])
    }

    @Test func `where file and history differ the user must choose`() throws {
        let bench = Bench(edited).applied(users)
        #expect(
            bench.report(.undoLast(1)) == """
                error[down-diverged]: the down section of 1.0.0 users in the file is not the one that was applied
                  --> 20250101_000000_1.0.0_users.sql:4:1
                next:  run the one that was kept when it was applied: --down stored
                next:  run the file's: --down file
                """)
        let stored = try bench.with { $0.options.down = .stored }.plan(.undoLast(1)).steps[0]
        #expect(text(stored) == ["DROP TABLE users"])
        let file = try bench.with { $0.options.down = .file }.plan(.undoLast(1)).steps[0]
        #expect(text(file) == ["DROP TABLE users CASCADE"])
        #expect(file.origin == .file)
    }

    @Test func `an edited comment is no divergence`() throws {
        let commented = try migration("1.0.0 users", down: "-- why\nDROP TABLE users;")
        #expect(Bench(commented).applied(users).steps(.undoLast(1)) == ["-1.0.0 users"])
    }

    @Test func `a file that is gone cannot be chosen`() throws {
        let bench = Bench().applied(users).with { $0.options.down = .file }
        #expect(
            bench.steps(.undoLast(1)) == [
                "irreversible: 1.0.0 users cannot be undone: --down file was asked for, and its file is gone"
            ])
    }

    @Test func `the down section of a large file is kept alone, with how it is run`() throws {
        let down = "-- apus: no-transaction\n-- apus: lock-timeout 7s\nVACUUM;\nDROP TABLE users;\n"
        let bench = Bench().applied(users).with {
            $0.database.history.applied[0].text = .down(Array(down.utf8), transaction: .none)
        }
        let step = try #require(try bench.plan(.undoLast(1)).steps.first)
        #expect(step.script.transaction == .none)
        #expect(step.script.lockTimeout == .seconds(7))
        #expect(text(step) == ["VACUUM", "DROP TABLE users"])
        #expect(step.script.statements(in: step.source).map(\.line) == [3, 4])
    }

    @Test func `a kept down section means what it meant in its file`() throws {
        let long = String(repeating: "-- padding padding padding padding\n", count: 1 << 15)
        let large = try migration(
            "1.0.0 users", up: "\(long)SELECT 1;", down: "SELECT 'a\nb';\n-- c\nSELECT 2")
        var database = SimulatedDatabase()
        database.perform(try Bench(large).plan(.latest))
        let bench = Bench(large).with { $0.database = database }
        let step = try #require(try bench.plan(.undoLast(1)).steps.first)
        #expect(step.origin == .stored)
        #expect(step.script.meaning == large.down?.meaning)
        #expect(text(step) == ["SELECT 'a\nb'", "SELECT 2"])
    }

    @Test func `without a kept text the file's down section is run`() throws {
        let bench = Bench(users).applied(users).with { $0.database.history.applied[0].text = nil }
        #expect(try bench.plan(.undoLast(1)).steps.first?.origin == .file)
        #expect(
            bench.with { $0.migrations = [] }.steps(.undoLast(1)) == [
                "irreversible: 1.0.0 users cannot be undone: no text was kept for it, and its file is gone"
            ])
    }
}
