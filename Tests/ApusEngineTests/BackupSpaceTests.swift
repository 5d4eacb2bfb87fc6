import ApusCore
import SystemPackage
import Testing

@testable import ApusEngine

@Suite struct BackupSpaceTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    @Test func `F64 a backup that cannot fit is not begun`() async throws {
        try work.migration("1.0.0 users")
        try await work.migrator().migrate()
        let text = await report { () throws(Diagnostics) in
            _ = try await work.migratorWithBackups {
                $0.backups?.options.freeSpace = { _ in 50_000_000 }
            }.backUp()
        }
        #expect(text.hasPrefix("error[backup-space]: the backup needs about "))
        #expect(text.contains("50.0 MB are free at \(work.backups)"))
        #expect(text.contains("next:  name a folder on another disk"))
        #expect(try BackupStore(folder: work.backups).list().isEmpty)
        #expect(BackupStore(folder: work.backups).leftovers().isEmpty)
    }

    @Test func `where the free space cannot be told, the backup is tried`() async throws {
        try work.migration("1.0.0 users")
        try await work.migrator().migrate()
        let record = try await work.migratorWithBackups {
            $0.backups?.options.freeSpace = { _ in nil }
        }.backUp()
        #expect(record.isVerified)
    }

    @Test func `what a dump needs is told by the last one`() {
        var space = BackupSpace(databaseBytes: 1000, earlier: nil, isPlainCopy: false)
        #expect(space.needed == 100)
        #expect(space.expected == nil)
        space.earlier = .init(backup: 300, database: 500)
        #expect(space.expected == 600)
        #expect(space.needed == 660)
        space.isPlainCopy = true
        #expect(space.expected == 1000)
        #expect(space.needed == 1000)
    }

    @Test func `old backups are named as a way out only where there are any`() {
        var space = BackupSpace(databaseBytes: 1000, earlier: nil, isPlainCopy: true)
        func help() -> [String]? {
            #expect(throws: DatabaseError.self) { try space.check("backups", free: 0) }?.help
        }
        #expect(help() == ["name a folder on another disk: backups: FOLDER in apus.yaml"])
        space.earlier = .init(backup: 300, database: 500)
        #expect(help()?.first == "remove old backups: apus backup prune --keep N")
    }

    @Test func `F64 a disk that runs full ends the work`() async {
        let space = BackupSpace(databaseBytes: 1, earlier: nil, isPlainCopy: true)
        #expect(throws: DatabaseError.self) {
            try space.checkFloor("backups", free: BackupSpace.floor / 2 - 1)
        }
        #expect(throws: Never.self) {
            try space.checkFloor("backups", free: BackupSpace.floor)
        }
        let error = await #expect(throws: DatabaseError.self) {
            try await accompanied(every: .milliseconds(1)) { () async throws(DatabaseError) in
                do {
                    try await Task.sleep(for: .seconds(3600))
                } catch {
                    throw DatabaseError(.interrupted, "ended")
                }
            } by: { () async throws(DatabaseError) in
                try space.checkFloor("backups", free: 0)
            }
        }
        #expect(error?.code == .backupSpace, "the reason is told, not the interruption")
    }

    @Test func `what is done keeps its own result and its own error`() async throws {
        let result = try await accompanied { () async throws(DatabaseError) in
            7
        } by: {
        }
        #expect(result == 7)
        let error = await #expect(throws: DatabaseError.self) {
            try await accompanied { () async throws(DatabaseError) -> Int in
                throw DatabaseError(.backupFailed, "own")
            } by: {
            }
        }
        #expect(error?.message == "own")
    }

    @Test func `two pieces of work are done at the same time`() async throws {
        let (first, second) = (
            AsyncStream.makeStream(of: Int.self), AsyncStream.makeStream(of: Int.self)
        )
        // Each waits for what the other says.
        let sums = try await together { () async throws(DatabaseError) in
            first.continuation.yield(1)
            for await number in second.stream { return number + 10 }
            return 0
        } _: { () async throws(DatabaseError) in
            second.continuation.yield(2)
            for await number in first.stream { return number + 20 }
            return 0
        }
        #expect(sums == (12, 21))
    }

    @Test
    func `of two pieces of work that fail the first failure is told, and the other is cancelled`()
        async
    {
        let error = await #expect(throws: DatabaseError.self) {
            try await together { () async throws(DatabaseError) -> Int in
                throw DatabaseError(.backupFailed, "own")
            } _: { () async throws(DatabaseError) -> Int in
                do {
                    try await Task.sleep(for: .seconds(3600))
                } catch {
                    throw DatabaseError(.interrupted, "ended")
                }
                return 0
            }
        }
        #expect(error?.message == "own")
    }
}
