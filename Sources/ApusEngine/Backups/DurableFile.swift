package import ApusCore
import Crypto
import Foundation
package import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files that are there in full or not at all, also after a power cut.
package enum DurableFile {
    /// Creates an empty file, mode 0600; fails where one is there.
    package static func create(_ path: FilePath) throws(Errno) {
        do {
            try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate],
                permissions: [.ownerReadWrite]
            ).close()
        } catch {
            throw Errno(any: error)
        }
    }

    /// Creates an empty folder, mode 0700; fails where one is there.
    static func createFolder(_ path: FilePath) throws(Errno) {
        guard mkdir(path.string, 0o700) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Makes a file's bytes, or a folder's entries and the files in it, durable.
    package static func sync(_ path: FilePath) throws(Errno) {
        do {
            let file = try FileDescriptor.open(path.isEmpty ? "." : path, .readOnly)
            defer { _ = closed(file) }
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw Errno(any: error)
        }
    }

    /// Gives a file or a folder its final name and makes the name durable. Never replaces a file.
    package static func rename(_ old: FilePath, to new: FilePath) throws(Errno) {
        if old.isFolder {
            // A name that is taken by anything but an empty folder makes it fail.
            guard renamed(old, new) else { throw Errno(rawValue: errno) }
        } else if link(old.string, new.string) == 0 {
            failpoint("file.linked")
            guard unlink(old.string) == 0 else { throw Errno(rawValue: errno) }
        } else {
            // Some file systems know no hard links; the name was seen to be free a moment ago.
            let reason = Errno(rawValue: errno)
            guard reason == .notPermitted || reason == .notSupported,
                access(new.string, F_OK) != 0, renamed(old, new)
            else { throw reason }
        }
        failpoint("file.renamed")
        try sync(new.removingLastComponent())
    }

    /// Puts a file with these bytes into a place where another may be, in one step: whoever reads it
    /// meanwhile sees the old bytes or the new ones.
    static func replace(
        _ path: FilePath, with bytes: [UInt8],
        permissions: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
    ) throws(Errno) {
        let new = FilePath("\(path).\(getpid()).new")
        do {
            let file = try FileDescriptor.open(
                new, .writeOnly, options: [.create, .truncate], permissions: permissions)
            do {
                defer { _ = closed(file) }
                _ = try bytes.withUnsafeBytes { try file.writeAll($0) }
                failpoint("file.written")
                guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
            guard renamed(new, path) else { throw Errno(rawValue: errno) }
        } catch {
            let reason = Errno(any: error)
            // It is ours; where it cannot be removed either, it means nothing to anybody.
            unlink(new.string)
            throw reason
        }
        try sync(path.removingLastComponent())
    }

    /// What SQLite keeps beside a database, and would take for a part of another one of that name.
    package static let databaseCompanions = ["-wal", "-journal", "-shm"]

    /// SHA-256 and size of a file, read in chunks. Throws `canceled` in a task that is cancelled.
    package static func digest(
        of path: FilePath, progress: (Int64) -> Void = { _ in }
    ) throws(Errno) -> (Checksum, Int64) {
        do {
            let file = try FileDescriptor.open(path, .readOnly)
            defer { _ = closed(file) }
            var hash = SHA256()
            var size: Int64 = 0
            var chunk = [UInt8](repeating: 0, count: 1 << 18)
            while true {
                if Task.isCancelled { throw Errno.canceled }
                let count = try chunk.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { break }
                chunk.withUnsafeBytes {
                    hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[0..<count]))
                }
                size += Int64(count)
                // Every 64 MB: each call may draw a line.
                if size % (1 << 26) < Int64(count) { progress(size) }
            }
            return (try Checksum(hash), size)
        } catch {
            throw Errno(any: error)
        }
    }

    static func setMode(_ mode: UInt32, of path: FilePath) throws(Errno) {
        guard chmod(path.string, mode_t(mode)) == 0 else { throw Errno(rawValue: errno) }
    }

    static func size(of path: FilePath) throws(Errno) -> Int64 {
        var facts = stat()
        guard stat(path.string, &facts) == 0 else { throw Errno(rawValue: errno) }
        return Int64(facts.st_size)
    }

    /// The names of a folder's files, sorted by their bytes. Throws where it holds a folder.
    static func names(in folder: FilePath) throws(Errno) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.string) else {
            throw Errno.ioError
        }
        for name in names where folder.appending(name).isFolder { throw Errno.isDirectory }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

extension Checksum {
    fileprivate init(_ hash: SHA256) throws(Errno) {
        let hex = hash.finalize().map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        guard let checksum = Checksum(hex: hex) else { throw .ioError }
        self = checksum
    }
}

/// The C function, from outside the type that has a function of the same name.
private func renamed(_ old: FilePath, _ new: FilePath) -> Bool {
    rename(old.string, new.string) == 0
}

/// Closing after the data were synced, or after reading: its result decides nothing any more.
private func closed(_ file: FileDescriptor) -> Bool {
    (try? file.close()) != nil
}

extension Errno {
    fileprivate init(any error: any Error) {
        self = error as? Errno ?? .ioError
    }
}
