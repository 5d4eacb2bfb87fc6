import ApusCore
import ApusSQLite
import Foundation
import SystemPackage
import Testing

@testable import ApusEngine

@Suite struct ReadinessTests {
    private let work: Workplace

    init() throws {
        work = try Workplace()
        try work.migration("1.0.0 users")
        try work.migration("1.1.0 rooms")
    }

    /// What is missing, as a person reads it; empty where the database is ready.
    private func missing(_ wanted: String? = nil, _ migrator: Migrator? = nil) async throws
        -> String
    {
        switch try await (migrator ?? work.migrator()).readiness(of: wanted.map(version)) {
        case .ready: ""
        case .missing(let missing): missing.sentence
        }
    }

    @Test func `what is pending is named, up to the version that is waited for`() async throws {
        #expect(
            try await missing() == "2 pending: 1.0.0 users, 1.1.0 rooms (the database is empty)")
        try await work.migrator().migrate(to: version("1.0.0"))
        #expect(try await missing() == "1 pending: 1.1.0 rooms (the database is at 1.0.0)")
        #expect(try await missing("1.0.0") == "")
        #expect(
            try await missing("1.1.0")
                == "1 pending: 1.1.0 rooms (the database is at 1.0.0, and 1.1.0 is waited for)")
        #expect(try await missing("2.0.0").hasPrefix("1 pending: 1.1.0 rooms"))
        try await work.migrator().migrate()
        #expect(try await missing() == "")
        #expect(try await missing("1.0.0") == "")
    }

    @Test func `without a folder a version is waited for, the argument's or the catalogue's`()
        async throws
    {
        try await work.migrator().migrate(to: version("1.0.0"))
        let elsewhere = work.migrator {
            $0.folder = MigrationFolder(work.path.appending("nowhere"), dialect: .sqlite)
        }
        #expect(try await missing("1.0.0", elsewhere) == "")
        #expect(
            try await missing("1.1.0", elsewhere)
                == "the database is at 1.0.0, and 1.1.0 is waited for")
        var application = elsewhere
        application.catalogue.minimumDatabase = version("1.1.0")
        #expect(try await !missing(nil, application).isEmpty)
        let refusal = await report { () throws(Diagnostics) in
            _ = try await elsewhere.readiness()
        }
        #expect(refusal.hasPrefix("error[folder-not-found]"))
    }

    @Test func `a run that goes on is waited for, one that died is not`() async throws {
        try await work.migrator().migrate()
        let session = try await work.driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(1)) { _ in }
        let run = try await session.beginRun(
            RunStart(
                kind: .rollback, summary: "", planDigest: Checksum(of: ""), from: nil, to: nil,
                steps: 0, startedBy: "", applicationVersion: nil, toolVersion: ""))
        #expect(try await missing().hasPrefix("run \(run) is going on, by pid "))
        await session.close()
        #expect(try await missing() == "")
    }

    @Test func `what stopped midway is not there, whatever its version`() async throws {
        try work.migration(
            "1.2.0 midway", "no-transaction", up: "CREATE TABLE a (b INTEGER);\nSELECT nothing;",
            down: "DROP TABLE a;")
        try await work.migrator().migrate()
        #expect(try await missing() == "stopped midway: 1.2.0 midway")
        #expect(try await missing("1.1.0") == "")
        #expect(try await missing("1.2.0") == "stopped midway: 1.2.0 midway")
    }

    @Test func `waiting ends when the database is ready, and tells of each change once`()
        async throws
    {
        let told = Recording<String>()
        let migrator = work.migrator()
        let waiting = Task {
            try await migrator.wait(atMost: .seconds(60)) { told.append($0.sentence) }
        }
        while told.all.isEmpty { await Task.yield() }
        try await work.migrator().migrate()
        #expect(try await waiting.value == version("1.1.0"))
        #expect(told.all.first == "2 pending: 1.0.0 users, 1.1.0 rooms (the database is empty)")
        #expect(Set(told.all).count == told.all.count)
    }

    @Test func `when the time is over, the reason is the code`() async throws {
        func code(_ migrator: Migrator) async -> DiagnosticCode? {
            do throws(Diagnostics) {
                try await migrator.wait(atMost: .zero)
                return nil
            } catch {
                return error.all.first?.code
            }
        }
        #expect(await code(work.migrator()) == .migrationsPending)
        let unreachable = work.migrator {
            $0.driver = SQLiteDriver(path: work.path.appending("nowhere/a.db").string)
        }
        #expect(await code(unreachable) == .cannotConnect)
    }

    @Test func `F9 cancelling ends the wait`() async throws {
        let told = Recording<String>()
        let migrator = work.migrator()
        let waiting = Task {
            try await migrator.wait(atMost: .seconds(600)) { told.append($0.sentence) }
        }
        while told.all.isEmpty { await Task.yield() }
        waiting.cancel()
        await #expect(throws: Diagnostics.self) { try await waiting.value }
    }
}

@Suite struct AilmentTests {
    private let work: Workplace

    init() throws {
        work = try Workplace()
        try work.migration("1.0.0 users")
        try work.migration("1.1.0 rooms")
    }

    private func ailments() async throws -> [String] {
        try await work.migratorWithBackups().ailments().found.map {
            "\($0.kind.rawValue) \($0.subject): \($0.text)"
        }
    }

    @Test func `a database in which all is well has none`() async throws {
        #expect(try await ailments().isEmpty)
        try await work.migrator().migrate()
        #expect(try await ailments().isEmpty)
    }

    @Test func `everything that can be mended is listed with its commands`() async throws {
        try work.migration(
            "1.2.0 midway", "no-transaction", up: "CREATE TABLE a (b INTEGER);\nSELECT nothing;",
            down: "DROP TABLE a;")
        try await work.migrator().migrate()
        let session = try await work.driver.openSession()
        try await session.acquireLock(waitingAtMost: .seconds(1)) { _ in }
        _ = try await session.beginRun(
            RunStart(
                kind: .migrate, summary: "", planDigest: Checksum(of: ""), from: nil, to: nil,
                steps: 0, startedBy: "", applicationVersion: nil, toolVersion: ""))
        let during = try await ailments()
        #expect(!during.contains { $0.hasPrefix("open-run") })
        await session.close()
        try work.migration("1.0.0 users", up: "CREATE TABLE users (b INTEGER);")
        try FileManager.default.removeItem(
            atPath: work.migrations.appending("20250102_000000_1.1.0_rooms.sql").string)
        try FileManager.default.createDirectory(
            atPath: work.backups.string, withIntermediateDirectories: true)
        try work.write("", to: work.backups.appending("20250101T000000Z_run-1.sqlite.partial"))
        #expect(
            try await ailments().map { $0.replacing(work.path.string, with: "") } == [
                "edited 1.0.0 users: statements of its file were edited after it was applied",
                "vanished 1.1.0 rooms: applied, and its file is gone",
                "unfinished 1.2.0 midway: it stopped after statement 1 of 2 (run 1)",
                "open-run run 2: it never ended, and its process is gone",
                "partial-backup /backups/20250101T000000Z_run-1.sqlite.partial: left by a process that died while it took a backup",
            ])
        let remedies = try await work.migrator().ailments().found.flatMap(\.remedies)
        for command in [
            "apus repair accept 1.0.0/users", "apus create-initial",
            "apus repair mark-reverted 1.1.0/rooms", "apus repair resume",
            "apus repair mark-applied 1.2.0/midway",
        ] {
            #expect(remedies.contains { $0.hasSuffix(command) }, "\(command)")
        }
    }
}
