import ApusCore
import ApusEngine
import Foundation
import SystemPackage
import Testing

@Suite struct FolderLockTests {
    private let work: Workplace

    init() throws {
        work = try Workplace()
        try work.migration("1.0.0 users")
        try work.migration("1.1.0 rooms")
    }

    private func lock() throws { try FolderLock.decide(for: work.folder).write() }

    /// The codes of what stands against reading the folder.
    private func codes() -> [String] {
        do throws(Diagnostics) {
            _ = try work.folder.read()
            return []
        } catch {
            return error.all.map(\.code.rawValue)
        }
    }

    @Test func `without a lock file nothing is enforced`() throws {
        #expect(!work.folder.hasLock)
        #expect(codes().isEmpty)
    }

    @Test func `reading the folder enforces the lock, also for what is not applied`() throws {
        try lock()
        #expect(codes().isEmpty)
        try work.migration("1.1.0 rooms", up: "CREATE TABLE rooms (b INTEGER);")
        #expect(codes() == ["locked-file-changed"])
        try work.migration("1.1.0 rooms")
        try work.migration("1.2.0 more")
        #expect(codes() == ["file-not-locked"])
        try lock()
        #expect(codes().isEmpty)
    }

    @Test func `checkouts with other line endings agree with the lock`() throws {
        try lock()
        for name in try work.folder.fileNames() {
            let path = work.migrations.appending(name)
            let text = String(decoding: try work.bytes(path), as: UTF8.self)
            try work.write("\u{FEFF}" + text.replacing("\n", with: "\r\n"), to: path)
        }
        let text = String(decoding: try work.bytes(work.folder.lockPath), as: UTF8.self)
        try work.write(text.replacing("\n", with: "\r\n"), to: work.folder.lockPath)
        #expect(codes().isEmpty)
    }

    @Test func `a lock that cannot be read vouches for nothing`() throws {
        try work.write("<<<<<<< ours\n", to: work.folder.lockPath)
        #expect(codes() == ["lock-file-invalid"])
        #expect(try FolderLock.decide(for: work.folder).occasion == .unreadable(.conflict(line: 1)))
        try lock()
        #expect(codes().isEmpty)
    }

    @Test(arguments: ["apus-lock 2\n", "# Poetry\n"])
    func `what is not ours is not overwritten`(text: String) throws {
        try work.write(text, to: work.folder.lockPath)
        #expect(codes() == ["lock-file-invalid"])
        #expect(throws: Diagnostics.self) { try lock() }
        #expect(try work.bytes(work.folder.lockPath) == Array(text.utf8))
    }

    @Test func `F57 a lock that is a link out of the folder is refused`() throws {
        try lock()
        let outside = work.path.appending("elsewhere.lock")
        try FileManager.default.moveItem(
            atPath: work.folder.lockPath.string, toPath: outside.string)
        try FileManager.default.createSymbolicLink(
            atPath: work.folder.lockPath.string, withDestinationPath: "../elsewhere.lock")
        #expect(codes() == ["path-escapes-folder"])
        try FileManager.default.removeItem(atPath: outside.string)
        #expect(codes().count == 1)
    }

    @Test func `locking twice changes nothing, and says so`() throws {
        try lock()
        let before = try work.bytes(work.folder.lockPath)
        #expect(try FolderLock.decide(for: work.folder).occasion == .unchanged)
        try lock()
        #expect(try work.bytes(work.folder.lockPath) == before)
        let names = try FileManager.default.contentsOfDirectory(atPath: work.migrations.string)
        #expect(names.count == 3)
    }

    @Test func `nothing runs that the lock does not vouch for`() async throws {
        try lock()
        try await work.migrator().migrate(to: version("1.0.0"))
        try work.migration("1.1.0 rooms", up: "CREATE TABLE rooms (b INTEGER);")
        for goal in [Goal.latest, .upTo(version("1.0.0"))] {
            await #expect(throws: Diagnostics.self) { try await work.migrator().plan(goal) }
            await #expect(throws: Diagnostics.self) { try await work.migrator().run(goal) }
        }
        #expect(try await work.applied() == ["1.0.0 users"])
    }

    @Test func `a rollback runs what the history keeps, and a file only as it was locked`()
        async throws
    {
        try lock()
        try await work.migrator().migrate()
        try work.migration("1.1.0 rooms", down: "DROP TABLE IF EXISTS rooms;")
        let fromFile = work.migrator { $0.options.planning.down = .file }
        let refusal = await report { () throws(Diagnostics) in
            _ = try await fromFile.rollback(version("1.1.0"))
        }
        #expect(refusal.hasPrefix("error[locked-file-changed]: 1.1.0 rooms"))
        #expect(try await work.applied() == ["1.0.0 users", "1.1.0 rooms"])
        let fromHistory = work.migrator { $0.options.planning.down = .stored }
        #expect(try await fromHistory.rollback(version("1.1.0")).failure == nil)
    }

    @Test func `verify tells of the lock beside the history, and asks for one where it must`()
        async throws
    {
        func codes(requiresLock: Bool) async throws -> [String] {
            try await work.migrator().verify(requiresLock: requiresLock).findings
                .map(\.code.rawValue)
        }
        #expect(try await codes(requiresLock: false).isEmpty)
        #expect(try await codes(requiresLock: true) == ["lock-file-missing"])
        try lock()
        #expect(try await codes(requiresLock: true).isEmpty)
        try await work.migrator().migrate()
        try work.migration("1.1.0 rooms", up: "CREATE TABLE rooms (b INTEGER);")
        #expect(
            try await codes(requiresLock: true) == ["applied-changed", "locked-file-changed"])
        #expect(try await work.migrator().state().hasDrift)
        #expect(
            Verification.ofFiles(in: [work.folder]).findings.map(\.code) == [.lockedFileChanged])
    }

    @Test func `a new migration is to be locked once it is written`() throws {
        func creation() throws -> MigrationCreation {
            try MigrationCreation.decide(
                version("2.0.0"), name: "more", in: [work.folder], now: .now,
                allowsOutOfOrder: false)
        }
        #expect(try !creation().needsLock)
        try lock()
        #expect(try creation().needsLock)
    }
}
