import ApusCore
import ApusEngine
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a database is: a file, or the memory of one session.
struct DatabaseLocation: Hashable, Sendable {
    /// As it was given: a file's path, or `:memory:`.
    let path: String

    /// The database lives and dies with its session.
    var isInMemory: Bool { path == ":memory:" || path.isEmpty }

    var exists: Bool { isInMemory || access(path, F_OK) == 0 }

    /// The file's name without its folders.
    var name: String { isInMemory ? ":memory:" : FilePath(path).lastComponent?.string ?? path }

    /// In bytes; 0 where there is no file.
    var size: Int64 {
        var facts = stat()
        return stat(path, &facts) == 0 ? Int64(facts.st_size) : 0
    }

    private var folder: String {
        let folder = FilePath(path).removingLastComponent().string
        return folder.isEmpty ? "." : folder
    }

    var folderExists: Bool { isInMemory || access(folder, F_OK) == 0 }

    /// Why nothing can be written there; `nil` where writing should work.
    var readOnlyReason: String? {
        if isInMemory { return nil }
        if exists, access(path, W_OK) != 0 { return "read-only file" }
        // SQLite writes its journal beside the file.
        if access(folder, W_OK) != 0 { return "read-only folder" }
        return nil
    }

    /// The lock file beside the database, whatever links lead there: everybody must meet at one.
    var lockPath: String { "\(meetingPath).apus-lock" }

    /// The file that whoever works on data migrations holds.
    var claimPath: String { "\(meetingPath).apus-work" }

    private var meetingPath: String {
        resolved(path) ?? resolved(folder).map { "\($0)/\(name)" } ?? path
    }

    /// The path behind whatever links lead there.
    var resolvedPath: String { resolved(path) ?? path }

    /// A database in the same folder, or at a path of its own. Throws `configurationInvalid`.
    func beside(_ name: String) throws(DatabaseError) -> DatabaseLocation {
        let path = FilePath(name)
        guard !isInMemory, name != ":memory:", case .regular = path.lastComponent?.kind else {
            throw DatabaseError(
                .configurationInvalid, "\"\(name)\" can be no database beside \(self.path)",
                help: ["give the name of a file"])
        }
        if path.components.count > 1 || path.isAbsolute { return DatabaseLocation(path: name) }
        return DatabaseLocation(
            path: FilePath(self.path).removingLastComponent().appending(name).string)
    }

    private func resolved(_ path: String) -> String? {
        guard let buffer = realpath(path, nil) else { return nil }
        defer { free(buffer) }
        return String(cString: buffer)
    }
}
