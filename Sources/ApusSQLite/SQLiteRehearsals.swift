import ApusCore
public import ApusEngine
import GRDB
import SystemPackage

public import struct ApusEngine.DatabaseError

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes files for rehearsals beside a database: `guests.db.rehearsal-1f2e3d4c5b6a`.
///
/// The owner holds the lock of a file beside that one, `….owner`, from before the database is made:
/// the kernel frees it with the process, however that ends.
public struct SQLiteRehearsals: RehearsalHost {
    let location: DatabaseLocation
    let registry: Registry

    private static let ownerEnding = ".owner"
    private var folder: FilePath { FilePath(location.path).removingLastComponent() }
    private var prefix: String { "\(location.name).rehearsal-" }

    public func clear() async throws(DatabaseError) -> [String] {
        var cleared: [String] = []
        for name in FileFacts.names(in: folder)
        where name.hasPrefix(prefix) && name.hasSuffix(Self.ownerEnding) {
            let file = String(name.dropLast(Self.ownerEnding.count))
            let database = DatabaseLocation(path: folder.appending(file).string)
            guard let lock = try LockFile.take(database.path + Self.ownerEnding, user: "") else {
                continue
            }
            if database.exists { cleared.append(file) }
            try RehearsalFile.remove(database)
            unlink(database.path + Self.ownerEnding)
            _ = consume lock
        }
        return cleared
    }

    public func make(
        _ mark: RehearsalMark, like properties: [DatabaseProperty]?
    ) async throws(DatabaseError) -> any EphemeralDatabase {
        guard location.folderExists else {
            throw DatabaseError(
                .cannotConnect, "the folder of the database \(location.path) does not exist")
        }
        let database = DatabaseLocation(path: folder.appending(prefix + mark.id).string)
        let owner = try await own(database.path + Self.ownerEnding)
        failpoint("sqlite.rehearsal.owned")
        do throws(Errno) {
            try DurableFile.create(FilePath(database.path))
        } catch {
            try owner.release()
            throw DatabaseError(
                .cannotConnect, "\(database.path) cannot be made: \(error.description)")
        }
        return RehearsalFile(
            location: database, registry: registry, owner: owner,
            isLogged: properties?.contains(DatabaseProperty("journal_mode", "wal")) == true)
    }

    /// Somebody who clears away may hold the lock for a moment, and take the file with it.
    private func own(_ path: String) async throws(DatabaseError) -> RehearsalOwner {
        for _ in 1...50 {
            if let lock = try LockFile.take(path, user: "") {
                return RehearsalOwner(path: path, lock: consume lock)
            }
            // A cancelled sleep ends at once; whoever asks for the lock next says so.
            try? await Task.sleep(for: .milliseconds(20))
        }
        throw DatabaseError(.lockBusy, "another process holds \(path)")
    }
}
