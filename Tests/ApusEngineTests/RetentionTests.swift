import ApusCore
import ApusSQLite
import Foundation
import SystemPackage
import Testing

@testable import ApusEngine

@Suite struct RetentionTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    private static let day: Int64 = 86_400_000_000
    private static let start: Int64 = 1_736_937_000_000_000

    private var store: BackupStore { BackupStore(folder: work.backups) }

    /// One backup a day, the last one today; their names, newest first.
    private func days(_ count: Int) async throws -> [String] {
        try work.migration("1.0.0 users")
        try await work.migrator().migrate()
        for day in 0..<count { _ = try await migrator(day - count + 1).backUp() }
        return try store.list().map(\.name)
    }

    private func migrator(
        _ day: Int = 0, _ change: (inout Migrator) -> Void = { _ in }
    ) -> Migrator {
        work.migratorWithBackups {
            $0.now = { Timestamp(microseconds: Self.start + Int64(day) * Self.day) }
            change(&$0)
        }
    }

    private func left() throws -> [String] { try store.list().map(\.name) }

    private func flip(_ name: String) throws {
        var bytes = try work.bytes(work.backups.appending(name))
        bytes[bytes.count / 2] ^= 1
        try work.write(bytes, to: work.backups.appending(name))
    }

    @Test func `the newest stay, the others go with their manifests`() async throws {
        let names = try await days(5)
        let pruning = try migrator().pruneBackups(by: Retention(count: 2))
        #expect(pruning.kept.map(\.name) == Array(names.prefix(2)))
        #expect(pruning.removed.map(\.name) == Array(names.dropFirst(2)))
        #expect(try left() == Array(names.prefix(2)))
        let files = try FileManager.default.contentsOfDirectory(atPath: work.backups.string)
        #expect(files.count == 4)
    }

    /// Each run of `steps` migrations takes a backup before each of them.
    private func run(_ steps: Int, major: Int, day: Int, keeping count: Int) async throws {
        for step in 0..<steps {
            try work.migration("\(major).\(step).0 m\(major)\(step)", up: "DROP TABLE IF EXISTS x;")
        }
        let report = try await migrator(day) {
            $0.options.backup = .eachStep
            $0.backups?.options.retention = Retention(count: count)
        }.migrate()
        #expect(report.failure == nil)
    }

    @Test func `F66 the backups of one run count once, and stay together`() async throws {
        let manual = try await days(1)
        try await run(4, major: 2, day: 1, keeping: 2)
        let first = try left()
        #expect(first.count == 5 && first.contains(manual[0]), "a run and one by hand: \(first)")
        try await run(3, major: 3, day: 2, keeping: 2)
        let second = try left()
        #expect(second.count == 7 && !second.contains(manual[0]), "two runs: \(second)")
        #expect(Set(first).subtracting(manual).isSubset(of: second))
        try await run(2, major: 4, day: 3, keeping: 1)
        #expect(try left().count == 2)
    }

    @Test func `F66 a run never removes its own backups, whatever the clock says`() async throws {
        _ = try await days(2)
        try await run(2, major: 2, day: -9, keeping: 1)
        #expect(try store.list().filter { $0.run != nil }.count == 2)
    }

    @Test func `a dry run only says what would go`() async throws {
        let names = try await days(3)
        let pruning = try migrator().pruneBackups(by: Retention(count: 1), dryRun: true)
        #expect(pruning.removed.map(\.name) == Array(names.dropFirst()))
        #expect(try left() == names)
    }

    @Test func `F66 bad backups push out no good ones`() async throws {
        let names = try await days(5)
        // The newest has a flipped bit, the next is cut short, the third lost its manifest's truth.
        try flip(names[0])
        try work.write(
            Array(try work.bytes(work.backups.appending(names[1])).dropLast()),
            to: work.backups.appending(names[1]))
        let manifest = work.backups.appending("\(names[2]).json")
        try work.write(
            String(decoding: try work.bytes(manifest), as: UTF8.self)
                .replacing("\"verified\" : true", with: "\"verified\" : false"), to: manifest)
        let pruning = try migrator().pruneBackups(by: Retention(count: 2))
        #expect(pruning.removed.isEmpty)
        #expect(pruning.kept.map(\.name) == Array(names.dropFirst(3)))
        #expect(try left().count == 5)
        // With one more good one, the oldest may go, and the bad ones still lie there.
        let newest = try await migrator(1).backUp().name
        #expect(
            try migrator(1).pruneBackups(by: Retention(count: 2)).removed.map(\.name) == [names[4]])
        #expect(Set(try left()) == Set([newest] + names.dropLast()))
    }

    @Test func `F66 the last good backup stays, whatever its age`() async throws {
        let names = try await days(3)
        try flip(names[0])
        let pruning = try migrator(400).pruneBackups(by: Retention(days: 7))
        #expect(pruning.removed.map(\.name) == [names[2]])
        #expect(pruning.kept.map(\.name) == [names[1]])
        #expect(try left() == [names[0], names[1]])
    }

    @Test func `with count and age a backup goes only when both let it go`() async throws {
        let names = try await days(6)
        let pruning = try migrator().pruneBackups(by: Retention(count: 2, days: 4))
        #expect(pruning.removed.map(\.name) == [names[5]])
        #expect(try left() == Array(names.dropLast()))
    }

    @Test func `backups of other databases are left alone`() async throws {
        let names = try await days(2)
        let other = work.path.appending("other.sqlite")
        try work.write(try work.bytes(work.database), to: other)
        var migrator = migrator(3)
        migrator.driver = try work.driver.named(other.string)
        let foreign = try await migrator.backUp().name
        #expect(try migrator.pruneBackups(by: Retention(count: 1)).removed.isEmpty)
        #expect(
            try self.migrator().pruneBackups(by: Retention(count: 1)).removed.map(\.name) == [
                names[1]
            ])
        #expect(try left() == [foreign, names[0]])
    }

    @Test func `a run removes old backups after its own, where that is asked for`() async throws {
        let names = try await days(3)
        try work.migration("1.1.0 more")
        let events = Recording<RunEvent>()
        let report = try await migrator(1) {
            $0.backups?.options.retention = Retention(count: 2)
        }.migrate { events.append($0) }
        #expect(report.failure == nil)
        #expect(try left() == [try #require(report.backup?.name), names[0]])
        #expect(events.all.map(\.summary).contains("2 removed"))
        try work.migration("1.2.0 again")
        try await migrator(2).migrate()
        #expect(try left().count == 3, "nothing says that any should go")
    }

    @Test func `a run whose backup was not proven removes nothing`() async throws {
        let names = try await days(3)
        try work.migration("1.1.0 more")
        try await migrator(1) {
            $0.backups?.options.retention = Retention(count: 1)
            $0.backups?.options.provider = .command(BackupCommand(take: "true"))
        }.migrate()
        #expect(try left().dropFirst() == names[...])
    }

    @Test func `F66 only what is proven good lets another go`() {
        let retention = Retention(count: 3)
        #expect(!retention.allowsRemoval(goodOnesBefore: 2, age: .seconds(1_000_000_000)))
        #expect(retention.allowsRemoval(goodOnesBefore: 3, age: .zero))
        #expect(!Retention(days: 1).allowsRemoval(goodOnesBefore: 0, age: .seconds(1_000_000)))
        #expect(!Retention(days: 1).allowsRemoval(goodOnesBefore: 5, age: .seconds(86_400)))
        #expect(Retention(days: 1).allowsRemoval(goodOnesBefore: 1, age: .seconds(86_401)))
    }
}
