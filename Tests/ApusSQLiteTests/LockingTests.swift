import ApusCore
import ApusEngine
import ApusSQLite
import Foundation
import GRDB
import Testing

@Suite struct `Locks in SQLite` {
    @Test func `reading does not make the file`() async throws {
        let database = try TemporaryDatabase()
        let session = try await database.driver.openSession()
        _ = try await session.facts()
        #expect(try await session.history().registry == .absent(userTables: 0))
        await session.close()
        #expect(try database.files.isEmpty)
        #expect(try await database.driver.schemaScript() == "")
    }

    @Test func `a missing folder cannot be connected to`() async throws {
        let driver = SQLiteDriver(path: "/nonexistent/guests.sqlite")
        let error = await #expect(throws: ApusEngine.DatabaseError.self) {
            try await driver.openSession()
        }
        #expect(error?.code == .cannotConnect)
    }

    @Test func `a file that is no database cannot be connected to`() async throws {
        let database = try TemporaryDatabase()
        try Data(repeating: 0x41, count: 8192).write(to: URL(filePath: database.path))
        let error = await #expect(throws: ApusEngine.DatabaseError.self) {
            try await database.driver.openSession()
        }
        #expect(error?.code == .cannotConnect)
        #expect(error?.sqlState == "SQLITE_NOTADB")
    }

    @Test func `two paths to one file meet at one lock`() async throws {
        let database = try TemporaryDatabase()
        let first = try await database.driver.openSession()
        try await first.acquireLock(waitingAtMost: .seconds(600)) { _ in }
        try await first.prepareRegistry()
        let link = database.folder.appending(path: "link.sqlite").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: database.path)
        let second = try await SQLiteDriver(path: link).openSession()
        let error = await #expect(throws: ApusEngine.DatabaseError.self) {
            try await second.acquireLock(waitingAtMost: .zero) { _ in }
        }
        #expect(error?.code == .lockBusy)
        #expect(error?.detail == "it is process \(ProcessInfo.processInfo.processIdentifier)")
        await second.close()
        await first.close()
    }

    @Test func `a lock file that is left behind means nothing`() async throws {
        let database = try TemporaryDatabase()
        try Data("pid 1\nuser gone\n".utf8).write(to: URL(filePath: "\(database.path).apus-lock"))
        #expect(try await database.apply("CREATE TABLE t (a);").failure == nil)
    }

    @Test func `a lock whose file was removed is lost`() async throws {
        let database = try TemporaryDatabase()
        let session = try await database.driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
        try FileManager.default.removeItem(atPath: "\(database.path).apus-lock")
        let error = await #expect(throws: ApusEngine.DatabaseError.self) {
            try await session.prepareRegistry()
        }
        #expect(error?.code == .lockLost)
        await session.close()
    }

    /// Behind a step that leaves its connection as it was, and behind one that has to get another.
    @Test(.timeLimit(.minutes(5)), arguments: [nil, "no-transaction"])
    func `closing a run waits for another program's transaction (F78)`(
        directive: String?
    ) async throws {
        let database = try TemporaryDatabase()
        let session = try await database.driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(1)) { _ in }
        try await session.prepareRegistry()
        let run = try await session.beginRun(.forTests)
        let step = try database.migration(
            "1.0.0", "CREATE TABLE t (a);", directive: directive
        ).upStep
        let outcome = try await session.perform(
            step, in: run, options: StepOptions(), report: { _ in })
        #expect(outcome.failure == nil)
        let other = try database.otherProgram()
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let end = Task { try await session.endRun(run, RunEnd(status: .succeeded)) }
        // However long it takes to get there, it finds the file locked or free, and never fails.
        try await Task.sleep(for: .milliseconds(200))
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        try await end.value
        #expect(try await session.run(run)?.status == .succeeded)
        await session.close()
    }

    @Test(.timeLimit(.minutes(5)))
    func `a step waits for another program's transaction, and says so (F78)`() async throws {
        let database = try TemporaryDatabase()
        #expect(try await database.apply("CREATE TABLE t (a);").failure == nil)
        let other = try database.otherProgram()
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let events = Events()
        let start = ContinuousClock.now
        let task = Task {
            try await database.tryOnce(
                "INSERT INTO t VALUES (1);", version: "1.1.0", events: events)
        }
        await events.wait { if case .waitingForLock = $0 { true } else { false } }
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try await task.value.failure == nil)
        // Told once, when it is over.
        #expect(events.waits.count == 1)
        #expect(events.waits.allSatisfy { $0 > .zero && $0 < ContinuousClock.now - start })
        #expect(try database.value("SELECT count(*) FROM t") == "1")
    }

    @Test(.timeLimit(.minutes(5)))
    func `a lock that stays is tried again and then given up`() async throws {
        let database = try TemporaryDatabase()
        #expect(try await database.apply("CREATE TABLE t (a);").failure == nil)
        let other = try database.otherProgram()
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let session = try await database.driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
        let events = Events()
        let step = try database.migration("1.1.0", "INSERT INTO t VALUES (1);").upStep
        let outcome = try await session.perform(
            step, in: RunID(1),
            options: StepOptions(lockTimeout: .milliseconds(50), lockRetries: 2),
            report: events.record)
        #expect(outcome.failure?.error.code == .lockTimeout)
        #expect(outcome.failure?.error.sqlState == "SQLITE_BUSY")
        #expect(outcome.failure?.effect == .unchanged)
        let retries = events.values.compactMap { event -> Int? in
            if case .retrying(let attempt, _) = event { attempt } else { nil }
        }
        #expect(retries == [1, 2])
        // Three attempts, each of which waited for as long as it may.
        #expect(events.waits.count == 3)
        #expect(events.waits.allSatisfy { $0 >= .milliseconds(50) })
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        await session.close()
    }

    @Test(.timeLimit(.minutes(5)))
    func `cancelling ends the wait for another program's transaction`() async throws {
        let database = try TemporaryDatabase()
        #expect(try await database.apply("CREATE TABLE t (a);").failure == nil)
        let session = try await database.driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
        let other = try database.otherProgram()
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let events = Events()
        let step = try database.migration("1.1.0", "INSERT INTO t VALUES (1);").upStep
        let task = Task {
            try await session.perform(
                step, in: RunID(1), options: StepOptions(lockTimeout: .zero), report: events.record)
        }
        await events.wait { if case .waitingForLock = $0 { true } else { false } }
        task.cancel()
        #expect(try await task.value.failure?.effect == .unchanged)
        #expect(try await task.value.failure?.error.code == .interrupted)
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        await session.close()
    }

    @Test(.enabled(if: geteuid() != 0, "the superuser may write everywhere"))
    func `a read-only file is read and not migrated`() async throws {
        let database = try TemporaryDatabase()
        #expect(try await database.apply("CREATE TABLE t (a);").failure == nil)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o444], ofItemAtPath: database.path)
        let session = try await database.driver.openSession()
        #expect(try await session.facts().readOnlyReason == "read-only file")
        #expect(try await session.history().applied.count == 1)
        let error = await #expect(throws: ApusEngine.DatabaseError.self) {
            try await session.acquireLock(waitingAtMost: .zero) { _ in }
        }
        #expect(error?.code == .readOnlyServer)
        await session.close()
    }

    @Test func `a database in memory keeps its tables from step to step`() async throws {
        let database = try TemporaryDatabase()
        let session = try await SQLiteDriver(path: ":memory:").openSession()
        try await session.acquireLock(waitingAtMost: .zero) { _ in }
        try await session.prepareRegistry()
        let run = try await session.beginRun(.forTests)
        for (version, sql) in [
            ("1.0.0", "CREATE TABLE t (a);\nCREATE TEMP TABLE u (a);"),
            ("1.1.0", "INSERT INTO t VALUES (1);\nCREATE TEMP TABLE u (a);"),
        ] {
            let outcome = try await session.perform(
                database.migration(version, sql).upStep, in: run, options: StepOptions()
            ) { _ in }
            #expect(outcome.failure == nil)
        }
        #expect(try await session.history().applied.count == 2)
        await session.close()
    }
}

extension TemporaryDatabase {
    /// Applies one migration and records what is told meanwhile.
    fileprivate func tryOnce(_ up: String, version: String, events: Events) async throws
        -> StepOutcome
    {
        let session = try await driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(600)) { _ in }
        let outcome = try await session.perform(
            migration(version, up).upStep, in: RunID(1),
            options: StepOptions(lockTimeout: .seconds(30)),
            report: events.record)
        await session.close()
        return outcome
    }
}
