import ApusCore
import ApusEngine
import ApusSQLite
import Foundation
import SystemPackage
import Testing

/// Migrations from files to a database and back.
@Suite struct MigratorTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    private func guests() throws {
        try work.migration("1.0.0 users")
        try work.migration("1.1.0 index", up: "CREATE INDEX i ON users (a);", down: "DROP INDEX i;")
    }

    @Test func `everything pending is applied, and the events tell it in order`() async throws {
        try guests()
        let events = Recording<RunEvent>()
        let report = try await work.migrator().migrate { events.append($0) }
        #expect(report.run == RunID(1))
        #expect(report.failure == nil)
        #expect(report.version == version("1.1.0"))
        #expect(report.outcomes.map(\.id.title) == ["1.0.0 users", "1.1.0 index"])
        #expect(try await work.applied() == ["1.0.0 users", "1.1.0 index"])
        #expect(
            events.all.map(\.summary) == [
                "run 1: 2 steps", "up 1.0.0 users (1 of 2)", "statement 1 of 1", "statement done",
                "step done", "up 1.1.0 index (2 of 2)", "statement 1 of 1", "statement done",
                "step done", "ended",
            ])
    }

    @Test func `migrate, back and forth again end where they say`() async throws {
        try guests()
        #expect(try await work.migrator().migrate(to: version("1.0.0")).version == version("1.0.0"))
        #expect(try await work.migrator().migrate().version == version("1.1.0"))
        let down = try await work.migrator().rollback(version("1.1.0"))
        #expect(down.plan.sentence == "Undoes 1.1.0 index; returns the database to 1.0.0.")
        #expect(try await work.applied() == ["1.0.0 users"])
        #expect(try await work.migrator().run(.downTo(nil)).version == nil)
        #expect(try await work.driver.schemaScript() == "")
        #expect(try await work.migrator().migrate().version == version("1.1.0"))
        #expect(
            try await work.migrator().runs().map(\.kind) == [
                "migrate", "rollback", "rollback", "migrate", "migrate",
            ])
    }

    @Test func `rollback works without the file`() async throws {
        try guests()
        try await work.migrator().migrate()
        let files = try work.folder.fileNames()
        for name in files {
            try FileManager.default.removeItem(atPath: work.migrations.appending(name).string)
        }
        #expect(try await work.migrator().run(.downTo(nil)).outcomes.count == 2)
    }

    @Test func `an empty plan leaves the database untouched`() async throws {
        let events = Recording<RunEvent>()
        let report = try await work.migratorWithBackups().migrate { events.append($0) }
        #expect(report.run == nil)
        #expect(report.plan.isEmpty)
        #expect(events.all.isEmpty)
        #expect(!work.exists(work.database))
        #expect(!work.exists(work.backups))

        try guests()
        try await work.migrator().migrate()
        let before = try work.bytes(work.database)
        #expect(try await work.migratorWithBackups().migrate().run == nil)
        #expect(try await work.migrator().rollback(version("1.1.0")).run != nil)
        #expect(try await work.migrator().rollback(version("1.1.0")).run == nil)
        #expect(before != (try work.bytes(work.database)))
    }

    @Test func `looking creates nothing`() async throws {
        try guests()
        #expect(try await work.migrator().plan(.latest).steps.count == 2)
        #expect(try await work.migrator().state().pending.count == 2)
        #expect(try await work.migrator().runs().isEmpty)
        #expect(try await work.migrator().history().applied.isEmpty)
        #expect(!work.exists(work.database))
    }

    @Test func `F10 at a failure what came before stays, and the failed migration leaves nothing`()
        async throws
    {
        try guests()
        let file = try work.migration(
            "1.2.0 bad", up: "CREATE TABLE bad (a);\nUPDATE bad SET a = missing + 1;")
        try work.migration("1.3.0 never")
        let events = Recording<RunEvent>()
        let report = try await work.migrator().migrate { events.append($0) }
        #expect(report.outcomes.map(\.id.title) == ["1.0.0 users", "1.1.0 index", "1.2.0 bad"])
        #expect(report.version == version("1.1.0"))
        #expect(try await work.applied() == ["1.0.0 users", "1.1.0 index"])
        #expect(try await !work.driver.schemaScript().contains("bad"))
        #expect(events.all.suffix(2).map(\.summary) == ["step failed", "ended with a failure"])
        let failure = text([try #require(report.failure)])
        #expect(
            failure == """
                error[statement-failed]: no such column: missing (SQLITE_ERROR)
                 --> \(file):3:20
                  |
                3 | UPDATE bad SET a = missing + 1;
                  |                    ^^^^^^^
                state: rolled back. The database is still 1.1.0; nothing to repair.
                next:  mend the file and run `apus migrate` · `apus explain statement-failed`
                """)
        let run = try await work.migrator().run(try #require(report.run))
        #expect(run.status == .failed)
        #expect(run.failureCode == "statement-failed")

        try work.migration("1.2.0 bad")
        #expect(try await work.migrator().migrate().version == version("1.3.0"))
    }

    @Test func `F61 a rollback that fails is rolled back and goes no further`() async throws {
        try work.migration("1.0.0 users", down: "DROP TABLE users;")
        try work.migration("1.1.0 more", down: "DROP TABLE more; DROP TABLE missing;")
        try await work.migrator().migrate()
        let report = try await work.migrator().run(.downTo(nil))
        #expect(report.outcomes.count == 1)
        #expect(
            report.failure?.state == "rolled back. The database is still 1.1.0; nothing to repair.")
        #expect(
            report.failure?.help == [
                "correct the down section in the file and run `apus rollback 1.1.0 --down file` · `apus explain statement-failed`"
            ])
        #expect(try await work.applied() == ["1.0.0 users", "1.1.0 more"])
        try work.migration("1.1.0 more", down: "DROP TABLE more;")
        let mended = work.migrator { $0.options.planning.down = .file }
        #expect(try await mended.run(.downTo(nil)).version == nil)
    }

    @Test func `a plan that is not the one agreed to is not run`() async throws {
        try guests()
        let agreed = try await work.migrator().plan(.latest)
        try work.migration("1.2.0 more")
        let refusal = await report { () throws(Diagnostics) in
            _ = try await work.migrator().run(.latest, expecting: agreed.digest)
        }
        #expect(
            refusal == """
                error[plan-changed]: the plan is not the one that was agreed to
                it would be now: Applies 3 migrations: 1.0.0 users, 1.1.0 index, 1.2.0 more, takes the database from empty to 1.2.0.
                where that reads the same, the SQL of a file is another
                state: nothing was run.
                next:  look at it again: apus plan
                """)
        #expect(!work.exists(work.database))

        let now = try await work.migrator().plan(.latest)
        #expect(
            try await work.migrator().run(.latest, expecting: now.digest).version
                == version("1.2.0"))
        let again = await report { () throws(Diagnostics) in
            _ = try await work.migrator().run(.latest, expecting: now.digest)
        }
        #expect(again.hasPrefix("error[plan-changed]: "))
    }

    @Test
    func `what stands against a plan is thrown before anything is begun, and the lock is free`()
        async throws
    {
        try guests()
        try await work.migrator().migrate()
        try work.migration("1.0.5 late", up: "SELECT 1;", down: "SELECT 2;")
        let refusal = await report { () throws(Diagnostics) in
            _ = try await work.migrator().migrate()
        }
        #expect(refusal.hasPrefix("error[late-migration]: 1.0.5 late is pending"))
        #expect(try await work.migrator().runs().count == 1)
        let allowed = work.migrator {
            $0.options.planning.allowsOutOfOrder = true
            $0.options.lockWait = .zero
        }
        #expect(try await allowed.migrate().failure == nil)
    }

    @Test func `a baseline writes the history and runs nothing`() async throws {
        try guests()
        try await work.perform("CREATE TABLE users (a INTEGER)")
        let refusal = await report { () throws(Diagnostics) in
            _ = try await work.migrator().migrate()
        }
        #expect(refusal.hasPrefix("error[tables-without-history]: "))
        let report = try await work.migratorWithBackups().run(.baseline(version("1.0.0")))
        #expect(report.outcomes.map(\.action) == [.record])
        #expect(report.backup == nil)
        #expect(try await work.migrator().migrate().version == version("1.1.0"))
    }

    @Test func `a baseline of nothing starts a history`() async throws {
        try await work.perform("CREATE TABLE others (a INTEGER)")
        let report = try await work.migrator().run(.baseline(version("0.0.0")))
        #expect(report.run == RunID(1))
        try guests()
        #expect(try await work.migrator().migrate().version == version("1.1.0"))
    }

    @Test func `an unknown run is refused`() async {
        #expect(
            await report { () throws(Diagnostics) in _ = try await work.migrator().run(RunID(7)) }
                == "error[run-unknown]: there is no run 7\nnext:  apus runs list")
    }

    @Test func `a database that cannot be reached is told`() async {
        let text = await report { () throws(Diagnostics) in
            var migrator = work.migrator()
            migrator.driver = SQLiteDriver(path: work.path.appending("nowhere/g.sqlite").string)
            _ = try await migrator.migrate()
        }
        // Nothing is pending, and still nobody can say so without asking.
        #expect(text.hasPrefix("error[cannot-connect]: "))
    }
}
