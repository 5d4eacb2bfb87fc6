import ApusCore
import ApusEngine
import ApusSQLite
import Foundation
import SystemPackage
import Testing

/// What surrounds the steps of a run: lock, backup, cancellation, what stopped midway.
@Suite struct MigratorRunTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    // MARK: Lock

    @Test func `F19 F20 many at once apply each migration once`() async throws {
        for number in 0..<6 { try work.migration("1.\(number).0 t\(number)") }
        try await withThrowingTaskGroup(of: Report.self) { group in
            for _ in 0..<6 { group.addTask { try await work.migrator().migrate() } }
            var outcomes = 0
            for try await report in group {
                #expect(report.failure == nil)
                outcomes += report.outcomes.count
            }
            #expect(outcomes == 6)
        }
        #expect(try await work.applied().count == 6)
    }

    @Test func `a lock that is not given up in time is told, and who waits says so`() async throws {
        try work.migration("1.0.0 users")
        let holder = try await work.driver.openSession()
        try await holder.acquireLock(waitingAtMost: .zero) { _ in }
        let events = Recording<RunEvent>()
        let refusal = await report { () throws(Diagnostics) in
            _ = try await work.migrator { $0.options.lockWait = .milliseconds(60) }
                .migrate { events.append($0) }
        }
        #expect(refusal.hasPrefix("error[lock-busy]: "))
        #expect(events.all.first?.summary == "waiting")
        await holder.close()
        #expect(try await work.migrator().migrate().failure == nil)
    }

    @Test func `F17 a run whose lock was lost says so`() async throws {
        try work.migration("1.0.0 users")
        let lock = FilePath("\(work.database).apus-lock")
        let report = try await work.migrator().migrate { event in
            // The lock is a lock on this very file: a new one of its name excludes nobody from it.
            if case .stepFinished = event { unlink(lock.string) }
        }
        #expect(report.failure == nil)
        #expect(
            report.warnings.map { DiagnosticRenderer().render($0) }.last == """
                warning[lock-lost]: the lock file \(lock) was removed while the lock was held
                state: another run may have gone on at the same time.
                next:  apus runs list
                """)
        #expect(report.warnings.map(\.code) == [.schemaUnrecorded, .lockLost])
    }

    @Test func `F62 the plan is made again under the lock`() async throws {
        try work.migration("1.0.0 users")
        let holder = try await work.driver.openSession()
        try await holder.acquireLock(waitingAtMost: .zero) { _ in }
        let waiting = AsyncStream<Void>.makeStream()
        async let late = work.migrator().migrate { event in
            if case .waitingForRunLock = event { waiting.continuation.yield() }
        }
        for await _ in waiting.stream { break }
        // The holder does what the other one has planned to do.
        let step = try await work.migrator().plan(.latest).steps[0]
        try await holder.prepareRegistry()
        let run = try await holder.beginRun(
            RunStart(
                kind: .migrate, summary: "", planDigest: Checksum(of: ""), from: nil, to: nil,
                steps: 1, startedBy: "", applicationVersion: nil, toolVersion: ""))
        #expect(
            try await holder.perform(step, in: run, options: StepOptions()) { _ in }.failure == nil)
        try await holder.endRun(run, RunEnd(status: .succeeded))
        await holder.close()
        let report = try await late
        #expect(report.run == nil)
        #expect(report.plan.isEmpty)
        #expect(report.version == version("1.0.0"))
    }

    @Test func `F62 only the agreed plan is run, also where it changes during the wait`()
        async throws
    {
        try work.migration("1.0.0 users")
        try work.migration("1.1.0 trips")
        let agreed = try await work.migrator().plan(.latest)
        let holder = try await work.driver.openSession()
        try await holder.acquireLock(waitingAtMost: .zero) { _ in }
        let waiting = AsyncStream<Void>.makeStream()
        async let late = work.migrator().run(.latest, expecting: agreed.digest) { event in
            if case .waitingForRunLock = event { waiting.continuation.yield() }
        }
        for await _ in waiting.stream { break }
        try await holder.prepareRegistry()
        let run = try await holder.beginRun(
            RunStart(
                kind: .migrate, summary: "", planDigest: Checksum(of: ""), from: nil, to: nil,
                steps: 1, startedBy: "", applicationVersion: nil, toolVersion: ""))
        let first = try await holder.perform(agreed.steps[0], in: run, options: StepOptions()) {
            _ in
        }
        #expect(first.failure == nil)
        try await holder.endRun(run, RunEnd(status: .succeeded))
        await holder.close()
        do {
            _ = try await late
            Issue.record("a plan that nobody agreed to was run")
        } catch {
            #expect((error as? Diagnostics)?.all.map(\.code) == [.planChanged])
        }
        #expect(try await work.migrator().runs().count == 1)
    }

    // MARK: Backup

    @Test func `F73 a backup comes before the first step, and is recorded with the run`()
        async throws
    {
        try work.migration("1.0.0 users")
        try await work.migratorWithBackups().migrate()
        #expect(!work.exists(work.backups), "a new database holds nothing to keep")
        try work.migration("1.1.0 more")
        let events = Recording<RunEvent>()
        let report = try await work.migratorWithBackups().migrate { events.append($0) }
        let backup = try #require(report.backup)
        #expect(backup.name == "20250115T103000Z_run-2.sqlite")
        #expect(backup.version == version("1.0.0"))
        #expect(
            events.all.map(\.summary).filter { $0 != "backup goes on" }.prefix(4) == [
                "run 2: 1 steps", "backup \(backup.name)", "backup done", "up 1.1.0 more (1 of 1)",
            ])
        #expect(try await work.migrator().run(RunID(2)).backupName == backup.name)
    }

    @Test func `a backup before each step, or none at all`() async throws {
        try work.migration("1.0.0 users")
        try await work.migrator().migrate()
        for number in 1...3 { try work.migration("1.\(number).0 t\(number)") }
        try await work.migratorWithBackups { $0.options.backup = .eachStep }.migrate()
        let listed = try BackupStore(folder: work.backups).list()
        #expect(listed.compactMap(\.databaseVersion).sorted() == ["1.0.0", "1.1.0", "1.2.0"])
        try work.migration("1.4.0 t4")
        try await work.migratorWithBackups { $0.options.backup = .never }.migrate()
        #expect(try BackupStore(folder: work.backups).list().count == 3)
    }

    @Test func `if the backup fails nothing runs`() async throws {
        try work.migration("1.0.0 users")
        try await work.migrator().migrate()
        try work.migration("1.1.0 more")
        try work.write("in the way", to: work.backups)
        let report = try await work.migratorWithBackups().migrate()
        #expect(report.failure?.code == .backupFailed)
        #expect(report.outcomes.isEmpty)
        #expect(report.version == version("1.0.0"))
        #expect(try await work.applied() == ["1.0.0 users"])
        let run = try await work.migrator().runs()[0]
        #expect(run.status == .failed)
        #expect(run.failureCode == "backup-failed")
    }

    // MARK: Cancellation

    @Test func `F9 a run that is cancelled stops between two migrations`() async throws {
        for number in 0..<3 { try work.migration("1.\(number).0 t\(number)") }
        let report = try await Task {
            try await work.migrator().migrate { event in
                if case .stepFinished = event { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }.value
        #expect(report.outcomes.count == 1)
        #expect(report.version == version("1.0.0"))
        let failure = try #require(report.failure)
        #expect(
            text([failure]) == """
                error[interrupted]: stopped between two migrations
                state: the database is at 1.0.0; nothing is half done.
                next:  go on: apus migrate
                """)
        #expect(try await work.migrator().runs()[0].status == .interrupted)
        #expect(try await work.migrator().migrate().outcomes.count == 2)
    }

    @Test func `F9 a statement that is cancelled is rolled back`() async throws {
        try work.migration(
            "1.0.0 long",
            up: """
                CREATE TABLE long (a);
                INSERT INTO long WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                SELECT count(*) FROM n;
                """)
        let begun = AsyncStream<Void>.makeStream()
        let running = Task {
            try await work.migrator().migrate { event in
                if case .step(_, .statementStarted(1, _)) = event { begun.continuation.yield() }
            }
        }
        for await _ in begun.stream { break }
        running.cancel()
        let report = try await running.value
        #expect(report.failure?.code == .interrupted)
        #expect(
            report.failure?.state == "rolled back. The database is still empty; nothing to repair.")
        #expect(report.failure?.help == ["go on: apus migrate"])
        #expect(try await work.applied() == [])
        #expect(try await work.migrator().runs()[0].status == .interrupted)
    }

    @Test func `the stream of events ends with the report`() async throws {
        try work.migration("1.0.0 users")
        var last: RunEvent?
        for try await event in work.migrator().events(.latest) { last = event }
        guard case .runEnded(let report) = last else {
            Issue.record("the last event is \(String(describing: last))")
            return
        }
        #expect(report.version == version("1.0.0"))
    }

    @Test func `the stream of events throws what stands against the run`() async throws {
        try work.write("", to: work.migrations.appending("wrong.sql"))
        await #expect(throws: Diagnostics.self) {
            for try await _ in work.migrator().events(.latest) {}
        }
    }

    // MARK: What stopped midway

    private func stopMidway() async throws -> Report {
        try work.migration("1.0.0 users")
        try work.migration(
            "1.1.0 half", "no-transaction",
            up: "CREATE TABLE half (a);\nINSERT INTO cause VALUES (1);\nCREATE TABLE rest (a);",
            down: "DROP TABLE IF EXISTS rest; DROP TABLE half;")
        return try await work.migrator().migrate()
    }

    @Test func `F6 F33 a migration that stopped midway goes on at the statement that failed`()
        async throws
    {
        let stopped = try await stopMidway()
        #expect(stopped.failure?.code == .partialState)
        #expect(stopped.version == version("1.0.0"))
        let state = try await work.migrator().state()
        #expect(state.migrations.map(\.status) == [.applied, .unfinished])
        #expect(state.migrations[1].unfinished?.statementsDone == 1)

        try await work.perform("CREATE TABLE cause (a)")
        let resumed = try await work.migrator().migrate()
        #expect(resumed.failure == nil)
        #expect(resumed.outcomes.map(\.statementsRun) == [2])
        #expect(try await work.applied() == ["1.0.0 users", "1.1.0 half"])
        #expect(try await work.migrator().history().unfinished.isEmpty)
    }

    @Test func `F33 a migration that stopped midway is taken back`() async throws {
        _ = try await stopMidway()
        let report = try await work.migrator().rollback(version("1.1.0"))
        #expect(
            report.plan.sentence
                == "Undoes 1.1.0 half (unfinished: 1 of 3 statements done); the database stays at 1.0.0."
        )
        #expect(report.failure == nil)
        #expect(try await work.migrator().history().unfinished.isEmpty)
        #expect(try await !work.driver.schemaScript().contains("half"))
        #expect(try await work.migrator().state().migrations.map(\.status) == [.applied, .pending])
    }
}
