import ApusCore
import Testing

@Suite struct UnfinishedTests {
    private let users: Migration
    private let index: Migration
    private let names: Migration

    init() throws {
        users = try migration("1.0.0 users", day: 1)
        index = try migration(
            "1.1.0 index", day: 2, "no-transaction", up: "SELECT 1; SELECT 2; SELECT 3;",
            down: "SELECT -1; SELECT -2;")
        names = try migration("1.2.0 names", day: 3)
    }

    private var bench: Bench { Bench(users, index, names).applied(users) }

    @Test func `an unfinished migration is resumed at the statement that failed`() throws {
        let bench = bench.unfinished(index, done: 2)
        #expect(bench.steps(.latest) == ["+1.1.0 index from 2", "+1.2.0 names"])
        #expect(
            bench.sentence(.latest)
                == "Resumes and applies 2 migrations: 1.1.0 index, 1.2.0 names, takes the database from 1.0.0 to 1.2.0."
        )
        #expect(try bench.plan(.latest).steps[0].settles?.statementsDone == 2)
    }

    @Test func `of several attempts the last one counts`() {
        let bench = bench.unfinished(index, done: 1).unfinished(index, done: 2, run: 8)
        #expect(bench.steps(.latest) == ["+1.1.0 index from 2", "+1.2.0 names"])
    }

    @Test func `an edited file is not resumed`() {
        #expect(
            bench.unfinished(index, done: 1, meaning: users.up.meaning).report(.latest) == """
                error[unfinished-migration]: 1.1.0 index stopped after statement 1 of 3, and its file has changed since: it cannot be resumed
                run: apus runs show 7
                next:  put the file back as it was and resume: apus migrate
                next:  or take back what was done, then mend the file: apus rollback 1.1.0
                """)
    }

    @Test func `a plan does not pass by an unfinished migration`() {
        #expect(
            bench.unfinished(index, done: 1).report(.upTo(version("1.0.0"))) == """
                error[unfinished-migration]: 1.1.0 index stopped after statement 1 of 3, and this plan leaves it so
                run: apus runs show 7
                next:  finish it: apus migrate 1.1.0
                next:  or take back what was done: apus rollback 1.1.0
                """)
        #expect(
            Bench(users, names).applied(users).unfinished(index, done: 1).report(.latest) == """
                error[unfinished-migration]: 1.1.0 index stopped after statement 1 of 3, and its file is gone
                run: apus runs show 7
                next:  put the file 20250102_000000_1.1.0_index.sql back: apus migrate
                next:  if nothing of it is left in the database: apus repair mark-reverted 1.1.0/index
                """)
    }

    @Test func `F53 what comes before an unfinished migration is late`() throws {
        let late = try migration("1.0.5 late", day: 9)
        let bench = bench.with { $0.migrations.append(late) }.unfinished(index, done: 1)
        #expect(
            bench.steps(.latest) == [
                "late-migration: 1.0.5 late is pending, but 1.1.0 index, which comes after it, is already begun"
            ])
    }

    @Test func `an unfinished migration is taken back by its down section`() throws {
        let bench = bench.unfinished(index, done: 2)
        for goal in [
            Goal.undo(version("1.1.0"), cascade: false), .downTo(version("1.0.0")), .undoLast(1),
        ] {
            #expect(bench.steps(goal) == ["-1.1.0 index"])
            #expect(
                bench.sentence(goal)
                    == "Undoes 1.1.0 index (unfinished: 2 of 3 statements done); the database stays at 1.0.0."
            )
        }
        #expect(bench.steps(.undoLast(2)) == ["-1.1.0 index", "-1.0.0 users"])
        let step = try #require(try bench.plan(.undoLast(1)).steps.first)
        #expect(step.settles?.direction == .up)
        #expect(step.origin == .file)
    }

    @Test func `an unfinished migration is taken back although its file was edited`() {
        let bench = bench.unfinished(index, done: 1, meaning: users.up.meaning)
        #expect(bench.steps(.undo(version("1.1.0"), cascade: false)) == ["-1.1.0 index"])
    }

    @Test func `what an unfinished migration depends on is not undone alone`() {
        let bench = bench.unfinished(index, done: 1)
        #expect(
            bench.steps(.undo(version("1.0.0"), cascade: false)) == [
                "depended-upon: 1.1.0 index depends on 1.0.0 users"
            ])
        #expect(
            bench.steps(.undo(version("1.0.0"), cascade: true)) == ["-1.1.0 index", "-1.0.0 users"])
    }

    @Test func `an unfinished migration whose file is gone is not taken back`() {
        #expect(
            Bench(users).applied(users).unfinished(index, done: 1)
                .steps(.undo(version("1.1.0"), cascade: false)) == [
                    "irreversible: 1.1.0 index cannot be undone: it is unfinished, and its file is gone"
                ])
    }

    @Test func `a rollback that stopped midway goes on where it stopped`() throws {
        let bench = bench.applied(index).unfinished(index, .down, done: 1, of: 2)
        #expect(
            bench.steps(.undo(version("1.1.0"), cascade: false)) == ["-1.1.0 index from 1"])
        #expect(try bench.plan(.undoLast(1)).steps[0].settles?.direction == .down)
    }

    @Test func `a rollback that stopped midway must be finished before anything is applied`() {
        let bench = bench.applied(index).unfinished(index, .down, done: 1, of: 2)
        for goal in [Goal.latest, .upTo(version("1.0.0"))] {
            #expect(
                bench.report(goal) == """
                    error[unfinished-migration]: the rollback of 1.1.0 index stopped after statement 1 of 2: it has to be finished first
                    run: apus runs show 7
                    next:  finish it: apus repair resume
                    """)
        }
    }

    @Test func `a taking back that stopped midway goes on where it stopped`() throws {
        let bench = bench.unfinished(index, done: 2).unfinished(index, .down, done: 1, of: 2)
        #expect(
            bench.steps(.undo(version("1.1.0"), cascade: false)) == ["-1.1.0 index from 1"])
        #expect(try bench.plan(.undoLast(1)).steps[0].settles?.direction == .up)
        #expect(
            bench.steps(.latest) == [
                "unfinished-migration: the rollback of 1.1.0 index stopped after statement 1 of 2: it has to be finished first"
            ])
    }

    @Test func `a rollback that stopped midway does not go on with another down section`() {
        let bench = bench.applied(index)
            .unfinished(index, .down, done: 1, of: 2, meaning: users.up.meaning)
        #expect(
            bench.report(.undoLast(1)) == """
                error[unfinished-migration]: the rollback of 1.1.0 index stopped after statement 1 of 2, and another down section is to be run now
                next:  choose the one that was begun: --down stored, or --down file
                """)
    }

    @Test func `a trace of what has ended since means nothing`() {
        let applied = bench.applied(index).unfinished(index, done: 1)
        #expect(applied.steps(.latest) == ["+1.2.0 names"])
        #expect(applied.steps(.undoLast(1)) == ["-1.1.0 index"])
        #expect(bench.unfinished(index, .down, done: 1).steps(.latest).count == 2)
    }
}
