import ApusCore
import Crypto
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files that are there in full or not at all, also after a power cut.
enum DurableFile {
    /// Creates an empty file, mode 0600; fails where one is there.
    static func create(_ path: FilePath) throws(Errno) {
        do {
            try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate],
                permissions: [.ownerReadWrite]
            ).close()
        } catch {
            throw Errno(any: error)
        }
    }

    /// Writes bytes to a new file, mode 0600, and makes them durable.
    static func write(_ bytes: [UInt8], to path: FilePath) throws(Errno) {
        do {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite])
            defer { _ = closed(file) }
            _ = try bytes.withUnsafeBytes { try file.writeAll($0) }
            failpoint("file.written")
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw Errno(any: error)
        }
    }

    /// Makes a file's bytes, or a folder's entries, durable.
    static func sync(_ path: FilePath) throws(Errno) {
        do {
            let file = try FileDescriptor.open(path, .readOnly)
            defer { _ = closed(file) }
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw Errno(any: error)
        }
    }

    /// Gives a file its final name and makes the name durable. Never replaces a file.
    static func rename(_ old: FilePath, to new: FilePath) throws(Errno) {
        if link(old.string, new.string) == 0 {
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
    static func replace(_ path: FilePath, with bytes: [UInt8]) throws(Errno) {
        let new = FilePath("\(path).\(getpid()).new")
        do {
            let file = try FileDescriptor.open(
                new, .writeOnly, options: [.create, .truncate],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            do {
                defer { _ = closed(file) }
                _ = try bytes.withUnsafeBytes { try file.writeAll($0) }
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

    /// SHA-256 and size of a file, read in chunks.
    static func digest(of path: FilePath) throws(Errno) -> (Checksum, Int64) {
        do {
            let file = try FileDescriptor.open(path, .readOnly)
            defer { _ = closed(file) }
            var hash = SHA256()
            var size: Int64 = 0
            var chunk = [UInt8](repeating: 0, count: 1 << 18)
            while true {
                let count = try chunk.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { break }
                chunk.withUnsafeBytes {
                    hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[0..<count]))
                }
                size += Int64(count)
            }
            let hex = hash.finalize().map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
            guard let checksum = Checksum(hex: hex) else { throw Errno.ioError }
            return (checksum, size)
        } catch {
            throw Errno(any: error)
        }
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
