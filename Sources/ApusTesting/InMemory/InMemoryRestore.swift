public import ApusCore
public import ApusEngine
import Foundation
public import SystemPackage

/// Makes a database in memory from a backup that the same server took.
public struct InMemoryRestore: RestoreTarget {
    let server: InMemoryServer
    let database: String
    let engine: DatabaseEngine

    private var store: InMemoryStore { server.database(database) }

    public func name(adding suffix: String) -> String { database + suffix }

    public var folder: FilePath? { nil }

    public func check(_ path: FilePath) async throws(DatabaseError) {
        guard InMemoryBackup.digest(of: path) != nil else {
            throw DatabaseError(.backupFormat, "\(path) is no backup of a database in memory")
        }
    }

    public func occupant() async throws(DatabaseError) -> RestoreOccupant {
        store.read { content in
            if let mark = content.restoring {
                return content.lockHolder == nil ? .unfinished(mark) : .busy(nil)
            }
            return content.hasRegistry || !content.statements.isEmpty
                ? .occupied("\(content.statements.count) statements") : .empty
        }
    }

    public func unfinished() async throws(DatabaseError) -> [UnfinishedRestore] {
        server.names.compactMap { name in
            server.database(name).read { content in
                guard content.lockHolder == nil, let mark = content.restoring else { return nil }
                return UnfinishedRestore(name: name, mark: mark)
            }
        }
    }

    public func begin(
        _ mark: RestoreMark, like properties: [DatabaseProperty]
    ) async throws(DatabaseError) -> Bool {
        store.change { $0.restoring = mark }
        return true
    }

    public func openSession() async throws(DatabaseError) -> any DatabaseSession {
        InMemorySession(store: store, engine: engine, failing: [], holding: [])
    }

    public func load(
        from path: FilePath, _ options: RestoreLoading,
        progress: @escaping @Sendable (Int64) -> Void
    ) async throws(DatabaseError) {
        guard let digest = InMemoryBackup.digest(of: path), let content = server.backup(digest)
        else { throw DatabaseError(.restoreFailed, "nothing is known of the backup \(path)") }
        store.change { own in
            own.hasRegistry = content.hasRegistry
            own.applied = content.applied
            own.runs = content.runs
            own.journal = content.journal
            own.statements = content.statements
        }
        progress(options.bytes)
    }

    public func contents() async throws(DatabaseError) -> BackupContents {
        InMemoryBackup.contents(of: engine)
    }

    public func complete(
        _ properties: [DatabaseProperty], keepingOwners: Bool
    ) async throws(DatabaseError) -> [Diagnostic] {
        store.change { $0.restoring = nil }
        return []
    }

    public func discard() async throws(DatabaseError) {
        switch try await occupant() {
        case .unfinished: server.remove(database)
        case .busy: throw DatabaseError(.databaseInUse, "a restore into \(database) is going on")
        default:
            throw DatabaseError(
                .restoreOccupied, "\(database) is not what an unfinished restore left")
        }
    }

    public func exchange(
        with live: InMemoryRestore, keeping kept: String, endingConnections: Bool
    ) async throws(DatabaseError) -> Exchange {
        guard endingConnections || store.read(\.lockHolder) == nil,
            endingConnections || live.store.read(\.lockHolder) == nil
        else { throw DatabaseError(.databaseInUse, "a session holds the lock") }
        server.exchange(database, live.database, keeping: kept)
        return Exchange(kept: kept)
    }

    public func exchangeCommands(with live: InMemoryRestore, keeping kept: String) -> [String] {
        ["\(live.database) → \(kept)", "\(database) → \(live.database)"]
    }
}
