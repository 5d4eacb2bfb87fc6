import ApusCore
import ApusEngine
import Foundation
import SystemPackage
import Testing

extension ConformanceBench {
    private var mark: RestoreMark {
        RestoreMark(
            backup: "20250115T103000Z_run-7.dump", begunAt: "2025-01-15T10:30:00Z",
            begunBy: "ana@laptop")
    }

    /// The database that a backup of this one would go to.
    private func sibling(_ suffix: String = "_restored") throws -> D {
        try driver.named(driver.restoreTarget.name(adding: suffix))
    }

    /// Makes a database from a backup, as a restore does.
    private func restore(
        _ file: URL, _ contents: BackupContents, into fresh: D, completing: Bool = true
    ) async throws {
        let target = fresh.restoreTarget
        try await target.check(FilePath(file.path))
        #expect(try await target.begin(mark, like: contents.properties))
        let session = try await target.openSession()
        try await session.acquireLock(waitingAtMost: .zero) { _ in }
        try await target.load(
            from: FilePath(file.path), RestoreLoading(tool: contents.tool, bytes: 1)
        ) { _ in }
        let loaded = try await target.contents()
        #expect(loaded.tables == contents.tables)
        #expect(loaded.schema?.digest == contents.schema?.digest)
        try await session.releaseLock()
        await session.close()
        guard completing else { return }
        #expect(try await target.complete(contents.properties, keepingOwners: true).isEmpty)
    }

    func restoredIsComplete() async throws {
        try await withBackup { file, contents in
            let fresh = try sibling()
            #expect(await free(fresh))
            try await restore(file, contents, into: fresh)
            let session = try await fresh.openSession()
            let history = try await session.history()
            #expect(history.applied.map(\.id.version.description) == ["1.0.0"])
            #expect(try await session.runs(limit: 10).map(\.status) == [.succeeded])
            await session.close()
            if let query {
                #expect(try await query(fresh, "SELECT count(*) FROM things") == "2")
            }
            let again = try await fresh.backupSource.contents()
            #expect(again.tables == contents.tables)
            #expect(again.properties == contents.properties)
        }
    }

    func restoreRefusesOccupied() async throws {
        try await withBackup { file, contents in
            guard case .occupied = try await driver.restoreTarget.occupant() else {
                Issue.record("a database with tables counts as free")
                return
            }
            let error = await #expect(throws: DatabaseError.self) {
                try await driver.restoreTarget.discard()
            }
            #expect(error?.code == .restoreOccupied, "what nobody restored is not removed")
            #expect(try await history().applied.count == 1)
        }
    }

    func unfinishedRestoreIsKnown() async throws {
        try await withBackup { file, contents in
            let fresh = try sibling()
            let target = fresh.restoreTarget
            _ = try await target.begin(mark, like: contents.properties)
            let session = try await target.openSession()
            try await session.acquireLock(waitingAtMost: .zero) { _ in }
            guard case .busy = try await target.occupant() else {
                Issue.record("a restore that goes on counts as dead")
                return
            }
            #expect(try await unfinished(fresh).isEmpty)
            let error = await #expect(throws: DatabaseError.self) { try await target.discard() }
            #expect(error?.code == .databaseInUse)
            await session.close()

            guard case .unfinished(let left) = try await target.occupant() else {
                Issue.record("what a dead restore left is not recognised")
                return
            }
            #expect(left == nil || left == mark)
            #expect(try await unfinished(fresh).count == 1)
            try await target.discard()
            #expect(await free(fresh))
            #expect(try await unfinished(fresh).isEmpty)
        }
    }

    func exchangeGivesTheName() async throws {
        try await withBackup { file, contents in
            let fresh = try sibling()
            try await restore(file, contents, into: fresh)
            // After the backup: only the database that is put aside has it.
            try await withRun { session, run in
                try await succeed(
                    try migration("2.0.0", up: "CREATE TABLE later (id integer);").upStep(),
                    session, run)
            }
            let kept = driver.restoreTarget.name(adding: "_replaced")
            let exchange = try await fresh.restoreTarget.exchange(
                with: driver.restoreTarget, keeping: kept, endingConnections: false)
            #expect(exchange == Exchange(kept: kept))
            #expect(try await history().applied.map(\.id.version.description) == ["1.0.0"])
            #expect(await free(fresh))
            let old = try await driver.named(kept).openSession()
            let versions = try await old.history().applied.map(\.id.version.description)
            #expect(versions == ["1.0.0", "2.0.0"])
            await old.close()
        }
    }

    func exchangeWaitsForOthers() async throws {
        try await withBackup { file, contents in
            let fresh = try sibling()
            try await restore(file, contents, into: fresh)
            let other = try await driver.openSession()
            try await other.acquireLock(waitingAtMost: .seconds(30)) { _ in }
            let kept = driver.restoreTarget.name(adding: "_replaced")
            let error = await #expect(throws: DatabaseError.self) {
                try await fresh.restoreTarget.exchange(
                    with: driver.restoreTarget, keeping: kept, endingConnections: false)
            }
            #expect(error?.code == .databaseInUse)
            await other.close()
            #expect(try await history().applied.count == 1, "both are where they were")
            #expect(
                try await fresh.restoreTarget.exchange(
                    with: driver.restoreTarget, keeping: kept, endingConnections: false
                ).kept == kept)
        }
    }

    private func free(_ fresh: D) async -> Bool {
        let occupant = try? await fresh.restoreTarget.occupant()
        return occupant == RestoreOccupant.none || occupant == .empty
    }

    /// Those of this test: other tests may be restoring on the same server.
    private func unfinished(_ fresh: D) async throws -> [UnfinishedRestore] {
        try await driver.restoreTarget.unfinished().filter { $0.name == fresh.target.name }
    }
}
