import ApusCore
import ApusEngine
import ApusSQLite
import Foundation
import SystemPackage
import Testing

@Suite struct RepairRunTests {
    private let work: Workplace

    init() throws {
        work = try Workplace()
        try work.migration("1.0.0 users")
        try work.migration("1.1.0 rooms")
    }

    private func id(_ name: String) async throws -> MigrationID {
        try await work.migrator().migration(named: name)
    }

    /// The kind, status and journal of the latest run.
    private func lastRun() async throws -> RunRecord {
        let latest = try #require(try await work.migrator().runs(limit: 1).first)
        return try await work.migrator().run(latest.id)
    }

    @Test func `an accepted edit is a run of its own, and the rollback runs the new text`()
        async throws
    {
        try await work.migrator().migrate()
        try work.migration("1.0.0 users", down: "DROP TABLE IF EXISTS users;")
        #expect(try await work.migrator().state().hasDrift)
        let report = try await work.migratorWithBackups().run(.acceptEdit(try await id("1.0.0")))
        #expect(report.failure == nil)
        #expect(report.backup == nil)
        #expect(try await !work.migrator().state().hasDrift)
        let run = try await lastRun()
        #expect(run.kind == "repair")
        #expect(run.status == .succeeded)
        #expect(run.journal.map(\.status) == [.done])
        #expect(run.journal.first?.message?.hasPrefix("the file's text was accepted") == true)
        let plan = try await work.migrator().plan(.downTo(nil))
        #expect(
            plan.steps.map { $0.source.text($0.script.section) }.last?.contains("IF EXISTS") == true
        )
    }

    @Test func `marking moves the history and leaves the tables alone`() async throws {
        try await work.migrator().migrate(to: version("1.0.0"))
        #expect(try await work.migrator().run(.markApplied(try await id("1.1.0"))).failure == nil)
        #expect(try await work.applied() == ["1.0.0 users", "1.1.0 rooms"])
        #expect(try await work.migrator().state().pending.isEmpty)
        #expect(try await work.migrator().run(.markReverted(try await id("1.1.0"))).failure == nil)
        #expect(try await work.applied() == ["1.0.0 users"])
        // Nothing was run either time: the migration applies as if nothing had been.
        #expect(try await work.migrator().migrate().failure == nil)
    }

    @Test func `F33 resuming finishes what stopped midway, after a backup`() async throws {
        try work.migration(
            "1.2.0 midway", "no-transaction",
            up: "CREATE TABLE a (b INTEGER);\nINSERT INTO later VALUES (1);",
            down: "DROP TABLE a;")
        #expect(try await work.migrator().migrate().failure?.code == .partialState)
        try await work.perform("CREATE TABLE later (a INTEGER);")
        try work.migration("1.3.0 more")
        let report = try await work.migratorWithBackups().run(.resume)
        #expect(report.failure == nil)
        #expect(report.backup != nil)
        #expect(try await work.applied() == ["1.0.0 users", "1.1.0 rooms", "1.2.0 midway"])
        #expect(try await lastRun().kind == "repair")
    }

    @Test func `a run that never ended is closed by resuming`() async throws {
        try await work.migrator().migrate()
        let session = try await work.driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(1)) { _ in }
        let abandoned = try await session.beginRun(
            RunStart(
                kind: .migrate, summary: "dies", planDigest: Checksum(of: ""), from: nil, to: nil,
                steps: 0, startedBy: "", applicationVersion: nil, toolVersion: ""))
        await session.close()
        let report = try await work.migrator().run(.resume)
        #expect(report.run != nil)
        #expect(report.plan.sentence == "Closes run \(abandoned), which never ended.")
        #expect(try await work.migrator().run(abandoned).status == .interrupted)
        #expect(try await work.migrator().run(.resume).run == nil)
    }

    @Test func `a repair bears broken files of other migrations, and not of its own`() async throws
    {
        try await work.migrator().migrate()
        try work.write("", to: work.migrations.appending("20250105_000000_1.4.0_empty.sql"))
        let file = try work.migration("1.0.0 users", down: "SELECT 1;")
        #expect(try await work.migrator().run(.acceptEdit(try await id("1.0.0"))).failure == nil)
        try work.write("CREATE TABLE a (b INTEGER);", to: file)
        let refusal = await report { () throws(Diagnostics) in
            _ = try await work.migrator().run(.acceptEdit(MigrationID(file.stem ?? "")!))
        }
        #expect(refusal.hasPrefix("error[section-missing]"))
    }

    @Test func `an edit that is not locked is not accepted`() async throws {
        try FolderLock.decide(for: work.folder).write()
        try await work.migrator().migrate()
        let file = try work.migration("1.0.0 users", down: "SELECT 1;")
        let goal = Goal.acceptEdit(MigrationID(file.stem ?? "")!)
        let refusal = await report { () throws(Diagnostics) in
            _ = try await work.migrator().run(goal)
        }
        #expect(refusal.hasPrefix("error[locked-file-changed]"))
        try FolderLock.decide(for: work.folder).write()
        #expect(try await work.migrator().run(goal).failure == nil)
    }

    @Test func `a migration is named by its version, also where only the history knows it`()
        async throws
    {
        try await work.migrator().migrate()
        try FileManager.default.removeItem(atPath: work.migrations.string)
        #expect(try await id("1.1.0").title == "1.1.0 rooms")
        #expect(try await work.migrator().migration(named: "1.0.0/users").title == "1.0.0 users")
        await #expect(throws: Diagnostics.self) { try await id("1.5.0") }
    }
}
