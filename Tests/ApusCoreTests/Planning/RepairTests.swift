import ApusCore
import Testing

@Suite struct RepairTests {
    private let users: Migration
    private let index: Migration
    private let midway: Migration

    init() throws {
        users = try migration("1.0.0 users")
        index = try migration("1.1.0 index", day: 2)
        midway = try migration(
            "1.2.0 midway", day: 3, "no-transaction",
            up: "CREATE TABLE a (a int);\nCREATE TABLE b (a int);\nCREATE TABLE c (a int);",
            down: "-- apus: no-transaction\nDROP TABLE b;\nDROP TABLE a;")
    }

    private var edited: Migration {
        get throws {
            try migration("1.0.0 users", up: "CREATE TABLE users (b int);", down: "SELECT 1;")
        }
    }

    private func after(_ bench: Bench, _ goal: Goal) throws -> SimulatedDatabase {
        var database = bench.database
        database.perform(try bench.plan(goal))
        return database
    }

    // MARK: accept

    @Test func `F55 an accepted edit takes the file's text and runs nothing`() throws {
        let file = try edited
        let bench = Bench(file, index).applied(users, index)
        #expect(bench.steps(.latest).count == 1)
        let plan = try bench.plan(.acceptEdit(users.id))
        #expect(
            plan.sentence
                == "Accepts the edit of 1.0.0 users: the history takes the file's text and checksums, and nothing is run."
        )
        let step = try #require(plan.steps.first)
        #expect(plan.steps.count == 1)
        #expect(step.action == .accept)
        #expect(step.record?.checksum == file.checksum)
        #expect(step.record?.downMeaning == file.down?.meaning)
        #expect(plan.from == plan.to)
        #expect(plan.warnings.map(\.code) == [.appliedChanged])
        #expect(plan.warnings.map(\.severity) == [.notice])

        let mended = try after(bench, .acceptEdit(users.id))
        #expect(bench.with { $0.database = mended }.sentence(.latest).hasPrefix("Nothing to apply"))
    }

    @Test func `an edited comment may be accepted as well`() throws {
        let commented = try migration(
            "1.0.0 users", up: "-- the people\nCREATE TABLE users (a int);")
        let plan = try Bench(commented).applied(users).plan(.acceptEdit(users.id))
        #expect(plan.warnings.map(\.code) == [.commentsChanged])
    }

    @Test func `there is nothing to accept where nothing differs or nothing is applied`() throws {
        #expect(
            Bench(users).applied(users).report(.acceptEdit(users.id)) == """
                error[nothing-to-repair]: the file of 1.0.0 users is what was applied: there is no edit to accept
                next:  see what disagrees: apus repair list
                """)
        #expect(
            Bench(users).report(.acceptEdit(users.id)) == """
                error[nothing-to-repair]: 1.0.0 users is not applied: only the edit of an applied file needs to be accepted
                next:  an unapplied file may be edited as you like: apus plan
                """)
        #expect(
            Bench().applied(users).report(.acceptEdit(users.id)) == """
                error[applied-missing]: 1.0.0 users is applied, and its file is gone
                file: 20250101_000000_1.0.0_users.sql
                next:  write it back from the history: apus create-initial
                next:  if the database has it no more: apus repair mark-reverted 1.0.0/users
                """)
    }

    // MARK: mark-applied

    @Test func `what is marked as applied is recorded and not run`() throws {
        let bench = Bench(users, index).applied(users)
        let plan = try bench.plan(.markApplied(index.id))
        #expect(
            plan.sentence
                == "Records 1.1.0 index as applied without running it; takes the database from 1.0.0 to 1.1.0."
        )
        #expect(plan.steps.map(\.action) == [.record])
        #expect(plan.warnings.isEmpty)
        let mended = try after(bench, .markApplied(index.id))
        #expect(bench.with { $0.database = mended }.steps(.latest) == [])
    }

    @Test func `F6 what was finished by hand is marked, and the trace of it settled`() throws {
        let bench = Bench(users, midway).applied(users).unfinished(midway, done: 1)
        let plan = try bench.plan(.markApplied(midway.id))
        #expect(
            plan.sentence
                == "Records 1.2.0 midway as applied without running it (it stopped after statement 1 of 3); takes the database from 1.0.0 to 1.2.0."
        )
        #expect(plan.steps.first?.settles?.statementsDone == 1)
        let mended = try after(bench, .markApplied(midway.id))
        #expect(bench.with { $0.database = mended }.steps(.latest) == [])
    }

    @Test func `a rollback that stopped midway is taken for not done`() throws {
        let bench = Bench(midway).applied(midway).unfinished(midway, .down, done: 1, of: 2)
        let plan = try bench.plan(.markApplied(midway.id))
        #expect(plan.steps.map(\.action) == [.settle])
        #expect(
            plan.sentence
                == "Records 1.2.0 midway as applied without running it (its rollback stopped after statement 1 of 2); the database stays at 1.2.0."
        )
    }

    @Test func `what is applied cannot be marked so, and what is left behind is told`() throws {
        #expect(
            Bench(users).applied(users).report(.markApplied(users.id)) == """
                error[nothing-to-repair]: 1.0.0 users is applied already
                next:  apus status
                """)
        let plan = try Bench(users, index, midway).applied(users).plan(.markApplied(midway.id))
        #expect(
            plan.warnings.map(\.message) == ["1.1.0 index is pending and sorts before 1.2.0 midway"]
        )
        #expect(plan.warnings.map(\.severity) == [.warning])
        #expect(plan.to == version("1.2.0"))
    }

    @Test func `F59 nothing is marked in a database whose tables nobody knows`() {
        let bench = Bench(users).with { $0.database.history.registry = .absent(userTables: 2) }
        #expect(
            bench.steps(.markApplied(users.id)).first?.hasPrefix("tables-without-history") == true)
    }

    // MARK: mark-reverted

    @Test func `what is marked as reverted loses its row and runs nothing`() throws {
        let bench = Bench(users, index).applied(users, index)
        let plan = try bench.plan(.markReverted(index.id))
        #expect(
            plan.sentence
                == "Records 1.1.0 index as not applied without running anything; takes the database from 1.1.0 to 1.0.0."
        )
        #expect(plan.steps.map(\.action) == [.record])
        #expect(plan.steps.map(\.direction) == [.down])
        #expect(DataLoss.losses(of: plan.steps[0]).isEmpty)
        let mended = try after(bench, .markReverted(index.id))
        #expect(bench.with { $0.database = mended }.steps(.latest) == ["+1.1.0 index"])
    }

    @Test func `without its file, too, and also what was never finished`() throws {
        #expect(Bench().applied(users).steps(.markReverted(users.id)) == ["-1.0.0 users"])
        for bench in [
            Bench().unfinished(midway, done: 2),
            Bench(midway).applied(midway).unfinished(midway, .down, done: 1, of: 2),
        ] {
            let mended = try after(bench, .markReverted(midway.id))
            #expect(mended.history.applied.isEmpty && mended.history.unfinished.isEmpty)
        }
    }

    @Test func `what is not applied cannot be marked as reverted, and what depends on it is told`()
        throws
    {
        #expect(
            Bench(users).report(.markReverted(users.id)) == """
                error[nothing-to-repair]: 1.0.0 users is not applied
                next:  apus status
                """)
        let plan = try Bench(users, index).applied(users, index).plan(.markReverted(users.id))
        #expect(
            plan.warnings.map(\.message) == ["1.1.0 index is applied and depends on 1.0.0 users"])
    }

    // MARK: resume

    @Test func `F33 resuming goes on at the statement that failed, and applies nothing else`()
        throws
    {
        let late = try migration("1.3.0 late", day: 4)
        let bench = Bench(users, midway, late).applied(users).unfinished(midway, done: 2)
        #expect(bench.steps(.resume) == ["+1.2.0 midway from 2"])
        #expect(
            bench.sentence(.resume)
                == "Finishes 1.2.0 midway (2 of 3 statements done); takes the database from 1.0.0 to 1.2.0."
        )
    }

    @Test func `F61 resuming a rollback runs the down section that was begun`() throws {
        let bench = Bench(midway).applied(midway).unfinished(midway, .down, done: 1, of: 2)
        #expect(bench.steps(.resume) == ["-1.2.0 midway from 1"])
        #expect(try bench.plan(.resume).steps.first?.origin == .stored)

        let other = try migration(
            "1.2.0 midway", day: 3, "no-transaction", up: "SELECT 1;",
            down: "-- apus: no-transaction\nDROP TABLE c;\nDROP TABLE b;\nDROP TABLE a;")
        let begun = Bench(other).applied(midway).unfinished(
            midway, .down, done: 1, meaning: other.down?.meaning)
        #expect(begun.steps(.resume) == ["-1.2.0 midway from 1"])
        #expect(try begun.plan(.resume).steps.first?.origin == .file)
    }

    @Test func `what cannot be resumed says what can be done instead`() throws {
        #expect(
            Bench().unfinished(midway, done: 2).report(.resume) == """
                error[unfinished-migration]: 1.2.0 midway stopped after statement 2 of 3, and its file is gone
                run: apus runs show 7
                next:  put the file 20250103_000000_1.2.0_midway.sql back: apus repair resume
                next:  if nothing of it is left in the database: apus repair mark-reverted 1.2.0/midway
                """)
        let changed = try migration("1.2.0 midway", day: 3, "no-transaction", up: "SELECT 1;")
        #expect(
            Bench(changed).unfinished(midway, done: 2).steps(.resume).first?
                .contains("its file has changed since") == true)
    }

    @Test func `runs that never ended are closed by resuming, and nothing else is done`() throws {
        let bench = Bench(users, index).applied(users).with {
            $0.database.history.openRuns = [RunID(4), RunID(5)]
        }
        let plan = try bench.plan(.resume)
        #expect(plan.isEmpty && !plan.changesNothing)
        #expect(plan.sentence == "Closes runs 4, 5, which never ended.")
        #expect(try bench.plan(.latest).closes.isEmpty)
        let none = try Bench(users).applied(users).plan(.resume)
        #expect(none.changesNothing)
        #expect(none.sentence == "Nothing to resume: nothing was begun that has no end.")
    }

    @Test func `no two repairs have one digest`() throws {
        let bench = Bench(try edited, index, midway).applied(users).unfinished(midway, done: 1)
        let digests = try [
            Goal.acceptEdit(users.id), .markApplied(index.id), .markApplied(midway.id),
            .markReverted(users.id), .markReverted(midway.id), .resume,
        ].map { try bench.plan($0).digest }
        #expect(Set(digests).count == digests.count)
    }
}

@Suite struct MigrationNameTests {
    private let ids = [
        "20250101_000000_1.0.0_users", "20250102_000000_1.1.0_rooms",
        "20250103_000000_1.1.0_index", "20250104_000000_1.2.0+b1_more",
    ].map { MigrationID($0)! }

    @Test(arguments: [
        ("20250101_000000_1.0.0_users", 0), ("20250101_000000_1.0.0_users.sql", 0), ("1.0.0", 0),
        ("1.0.0/users", 0), ("1.1.0/index", 2), ("1.2.0+b1", 3), ("1.2.0+b1/more", 3),
    ])
    func `a migration is known by its id, by version and name, or by its version`(
        text: String, index: Int
    ) throws {
        #expect(try MigrationName.resolve(text, among: ids) == ids[index])
    }

    @Test(arguments: [
        (
            "1.1.0",
            """
            error[migration-unknown]: 2 migrations are called "1.1.0"
            20250102_000000_1.1.0_rooms
            20250103_000000_1.1.0_index
            next:  give the whole id of one of them
            """
        ),
        (
            "1.1.0/romos",
            """
            error[migration-unknown]: there is no migration "1.1.0/romos", did you mean 1.1.0/rooms?
            next:  see which there are: apus status
            """
        ),
        (
            "nonsense",
            """
            error[migration-unknown]: there is no migration "nonsense"
            next:  see which there are: apus status
            """
        ),
    ])
    func `what is no name, or several's, is refused with what was probably meant`(
        text: String, message: String
    ) {
        do throws(Diagnostic) {
            _ = try MigrationName.resolve(text, among: ids)
            Issue.record("\(text) was understood")
        } catch {
            #expect(DiagnosticRenderer().render(error) == message)
        }
    }
}
