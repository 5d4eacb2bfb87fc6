import ApusCore
import Foundation
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A backup that is being written, under a name that is never listed or restored.
///
/// The writer holds a `flock` on it, which ends with the process however that ends: so anybody can
/// tell what is being written from what a dead process left.
final class PartialBackup: Sendable {
    /// The name that it will have.
    let name: String
    let path: FilePath
    /// Open, and locked, until nobody needs it.
    private let descriptor: CInt

    /// A name that is free, and an empty file or folder beside it to write into.
    ///
    /// Throws `backupFailed`.
    static func reserve(
        _ base: String, _ ending: String, isFolder: Bool = false, in folder: FilePath
    ) throws(DatabaseError) -> PartialBackup {
        for attempt in 1...100 {
            let name = attempt == 1 ? "\(base).\(ending)" : "\(base)-\(attempt).\(ending)"
            let path = folder.appending("\(name).partial")
            let taken = [name, "\(name).json"].contains {
                FileManager.default.fileExists(atPath: folder.appending($0).string)
            }
            if taken { continue }
            do throws(Errno) {
                if isFolder {
                    try DurableFile.createFolder(path)
                } else {
                    try DurableFile.create(path)
                }
                // Whoever clears what dead processes left may have been quicker than the lock.
                if let partial = try PartialBackup(name, path) { return partial }
            } catch .fileExists {
                continue
            } catch {
                throw DatabaseError(
                    .backupFailed,
                    "the backup folder \(folder) cannot be written to: \(error.description)")
            }
        }
        throw DatabaseError(.backupFailed, "no free file name for a backup in \(folder)")
    }

    private init?(_ name: String, _ path: FilePath) throws(Errno) {
        guard let descriptor = try Self.lock(path) else { return nil }
        self.name = name
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Opens and locks what a path leads to; `nil` where somebody else has locked it, or where
    /// it has gone meanwhile. Throws where locks cannot be had on that disk.
    static func lock(_ path: FilePath) throws(Errno) -> CInt? {
        let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Errno(rawValue: errno)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = Errno(rawValue: errno)
            close(descriptor)
            if reason == .wouldBlock { return nil }
            throw reason
        }
        var (ours, there) = (stat(), stat())
        guard fstat(descriptor, &ours) == 0, stat(path.string, &there) == 0,
            ours.st_ino == there.st_ino, ours.st_dev == there.st_dev
        else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Removes the file and leaves the name, for a backup that lies elsewhere.
    func removeData() {
        // A leftover is never listed, and cleared by the next backup.
        try? FileManager.default.removeItem(atPath: path.string)
        for ending in DurableFile.databaseCompanions {
            try? FileManager.default.removeItem(atPath: path.string + ending)
        }
    }

    /// Removes everything that was written, after a failure.
    ///
    /// The manifest first: one whose backup is gone tells of a backup that somebody removed.
    func discard(manifest: FilePath) {
        try? FileManager.default.removeItem(atPath: manifest.string)
        removeData()
    }
}

/// `20250115T103000Z_run-7-2.dump`, and the same of its manifest.
enum BackupName {
    static func isOne(_ name: String) -> Bool {
        name.wholeMatch(of: /\d{8}T\d{6}Z_(run-\d+|manual)(-\d+)?\.[a-z]+(\.json)?/) != nil
    }
}
