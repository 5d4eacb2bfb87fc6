import ApusCore
import Testing

@Suite struct BackwardTests {
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

    private var bench: Bench {
        Bench(users, trips, index, names).applied(users, trips, index, names)
    }

    @Test func `the newest version is undone`() {
        #expect(bench.steps(.undo(version("1.2.0"), cascade: false)) == ["-1.2.0 names"])
        #expect(
            bench.sentence(.undo(version("1.2.0"), cascade: false))
                == "Undoes 1.2.0 names; returns the database to 1.1.0.")
    }

    @Test func `all migrations of a version are undone, newest first`() {
        let bench = Bench(users, trips).applied(users, trips)
        #expect(
            bench.steps(.undo(version("1.0.0"), cascade: false)) == [
                "-1.0.0 trips", "-1.0.0 users",
            ])
        #expect(
            bench.sentence(.undo(version("1.0.0"), cascade: false))
                == "Undoes 1.0.0 trips, 1.0.0 users; returns the database to empty.")
    }

    @Test func `what something depends on is not undone alone`() {
        #expect(
            bench.report(.undo(version("1.1.0"), cascade: false)) == """
                error[depended-upon]: 1.2.0 names depends on 1.1.0 index
                1.2.0 names (declares nothing, so it depends on all before it)
                next:  undo them as well, newest first: apus rollback 1.1.0 --cascade
                """)
        #expect(
            bench.report(.undo(version("1.0.0"), cascade: false)) == """
                error[depended-upon]: 2 applied migrations depend on 1.0.0 trips
                1.1.0 index (declares nothing, so it depends on all before it)
                1.2.0 names (declares nothing, so it depends on all before it)
                next:  undo them as well, newest first: apus rollback 1.0.0 --cascade
                """)
    }

    @Test func `cascade undoes what depends on it as well`() throws {
        #expect(
            bench.steps(.undo(version("1.1.0"), cascade: true)) == ["-1.2.0 names", "-1.1.0 index"])
        #expect(
            bench.sentence(.undo(version("1.0.0"), cascade: true))
                == "Undoes 1.2.0 names, 1.1.0 index, 1.0.0 trips, 1.0.0 users; returns the database to empty."
        )
        let five = try Bench([users, trips, index, names, migration("1.3.0 more", day: 5)])
        #expect(
            five.applied(users, trips, index, names, five.migrations[4]).sentence(.downTo(nil))
                == "Undoes 1.3.0 more, 1.2.0 names, 1.1.0 index and 2 more; returns the database to empty."
        )
    }

    @Test func `a migration that depends on none stays`() throws {
        let lonely = try migration("1.2.0 lonely", day: 4, "depends-on none")
        let bench = Bench(users, index, lonely).applied(users, index, lonely)
        #expect(bench.steps(.undo(version("1.1.0"), cascade: false)) == ["-1.1.0 index"])
        #expect(bench.steps(.undo(version("1.1.0"), cascade: true)) == ["-1.1.0 index"])
        #expect(
            bench.sentence(.undo(version("1.1.0"), cascade: false))
                == "Undoes 1.1.0 index; the database stays at 1.2.0.")
    }

    @Test func `cascade follows declared dependencies across versions`() throws {
        let lonely = try migration("1.3.0 lonely", day: 5, "depends-on 1.0.0/users")
        let child = try migration("1.4.0 child", day: 6, "depends-on 1.2.0/names")
        let bench = Bench(users, trips, index, names, lonely, child)
            .applied(users, trips, index, names, lonely, child)
        #expect(
            bench.steps(.undo(version("1.2.0"), cascade: true)) == ["-1.4.0 child", "-1.2.0 names"])
        #expect(
            bench.report(.undo(version("1.2.0"), cascade: false)) == """
                error[depended-upon]: 1.4.0 child depends on 1.2.0 names
                1.4.0 child (declares it)
                next:  undo them as well, newest first: apus rollback 1.2.0 --cascade
                """)
    }

    @Test func `what was applied late is undone before what it came after`() throws {
        let bench = Bench(users, index, names).applied(users, names, index)
        #expect(bench.steps(.undo(version("1.1.0"), cascade: false)) == ["-1.1.0 index"])
        #expect(bench.steps(.undoLast(1)) == ["-1.1.0 index"])
        #expect(bench.steps(.downTo(version("1.0.0"))) == ["-1.1.0 index", "-1.2.0 names"])
        #expect(
            bench.steps(.undo(version("1.2.0"), cascade: false)) == ["-1.2.0 names"])
    }

    @Test func `down to a version undoes everything above it`() {
        #expect(bench.steps(.downTo(version("1.0.0"))) == ["-1.2.0 names", "-1.1.0 index"])
        #expect(bench.steps(.downTo(version("1.2.0"))) == [])
        #expect(
            bench.sentence(.downTo(version("1.2.0")))
                == "Nothing to undo: the database has nothing above 1.2.0.")
        for goal in [Goal.downTo(nil), .downTo(version("0.0.0"))] {
            #expect(
                bench.steps(goal)
                    == ["-1.2.0 names", "-1.1.0 index", "-1.0.0 trips", "-1.0.0 users"])
        }
    }

    @Test func `down to below what a lower version depends on names a way`() throws {
        let late = try migration("1.1.0 late", day: 9, "depends-on 1.2.0/names")
        let bench = Bench(users, names, late).applied(users, names, late)
        #expect(
            bench.report(.downTo(version("1.1.0"))) == """
                error[depended-upon]: 1.1.0 late depends on 1.2.0 names
                1.1.0 late (declares it)
                next:  undo them as well, newest first: apus rollback --to 1.0.0
                """)
        #expect(bench.steps(.downTo(version("1.0.0"))) == ["-1.1.0 late", "-1.2.0 names"])
    }

    @Test func `a version that is not applied cannot be returned to`() {
        #expect(
            Bench(users, index).applied(users).report(.downTo(version("1.1.0"))) == """
                error[version-unknown]: 1.1.0 is not applied, so the database cannot return to it
                applied: 1.0.0 users
                next:  apus migrate 1.1.0
                """)
        #expect(
            bench.report(.downTo(version("1.1.5"))) == """
                error[version-unknown]: there is no migration of version 1.1.5, did you mean 1.1.0?
                versions: 1.0.0, 1.1.0, 1.2.0
                """)
    }

    @Test func `a version that was never applied is nothing to undo`() {
        let bench = Bench(users, index).applied(users)
        #expect(
            bench.sentence(.undo(version("1.1.0"), cascade: false))
                == "1.1.0 was never applied: nothing to undo.")
        #expect(
            bench.steps(.undo(version("7.0.0"), cascade: false)) == [
                "version-unknown: there is no migration of version 7.0.0"
            ])
    }

    @Test(arguments: [(0, 0), (1, 1), (3, 3), (4, 4), (9, 4), (-1, 0)])
    func `the last migrations are undone in reverse order`(count: Int, undone: Int) {
        let all = ["-1.2.0 names", "-1.1.0 index", "-1.0.0 trips", "-1.0.0 users"]
        #expect(bench.steps(.undoLast(count)) == Array(all.prefix(undone)))
    }

    @Test func `F51 what is irreversible is not undone, and the reason is given`() throws {
        let gone = try migration("1.1.0 gone", day: 3, "irreversible the rows are gone")
        let bench = Bench(users, gone).applied(users, gone)
        #expect(
            bench.report(.undoLast(1)) == """
                error[irreversible]: 1.1.0 gone cannot be undone: the rows are gone
                next:  restore a backup that was taken before it: apus backup list
                next:  or write a migration that goes forward: apus create-migration VERSION NAME
                """)
    }

    @Test func `a down section written later is run where it is asked for`() throws {
        let gone = try migration("1.1.0 gone", day: 3, "irreversible the rows are gone")
        let mended = try migration("1.1.0 gone", day: 3, down: "SELECT 1;")
        let bench = Bench(users, mended).applied(users, gone)
        #expect(
            bench.steps(.undoLast(1)) == [
                "irreversible: 1.1.0 gone cannot be undone: the rows are gone"
            ])
        #expect(bench.with { $0.options.down = .file }.steps(.undoLast(1)) == ["-1.1.0 gone"])
    }

    @Test func `all that cannot be undone is told at once`() throws {
        let gone = try migration("1.1.0 gone", day: 3, "irreversible one")
        let lost = try migration("1.2.0 lost", day: 4, "irreversible two")
        #expect(Bench(gone, lost).applied(gone, lost).steps(.undoLast(2)).count == 2)
    }
}
