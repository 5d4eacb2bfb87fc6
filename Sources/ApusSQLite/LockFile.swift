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

/// The migration lock: `flock` on a file beside the database.
///
/// The file's existence means nothing, and it is never removed: a lock on a removed file excludes
/// nobody. The kernel frees the lock with the process that holds it, however that ends. The text
/// inside tells others who the holder is, and is only information.
struct LockFile: ~Copyable {
    private let descriptor: CInt
    private let path: String

    /// Takes the lock if it is free; `nil` when somebody else has it.
    static func take(_ path: String, user: String) throws(DatabaseError) -> LockFile? {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else {
                throw cannotOpen(path, Errno(rawValue: errno))
            }
            failpoint("sqlite.lock.opened")
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let reason = Errno(rawValue: errno)
                close(descriptor)
                guard reason == .wouldBlock || reason == .interrupted else {
                    throw DatabaseError(
                        .cannotConnect, "the lock file \(path) cannot be locked: \(reason)")
                }
                return nil
            }
            let file = LockFile(descriptor: descriptor, path: path)
            // Somebody may have removed the file between opening and locking it.
            guard file.isInPlace else { continue }
            failpoint("sqlite.lock.held")
            file.write("pid \(getpid())\nuser \(user)\n")
            return file
        }
    }

    private init(descriptor: CInt, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        // Closing gives the lock back.
        ftruncate(descriptor, 0)
        failpoint("sqlite.lock.emptied")
        close(descriptor)
        failpoint("sqlite.lock.released")
    }

    /// Whether the path still leads to the file that is locked.
    var isInPlace: Bool {
        var ours = stat()
        var there = stat()
        return fstat(descriptor, &ours) == 0 && stat(path, &there) == 0
            && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev
    }

    /// Whether somebody holds the lock. The file is not made for that.
    static func state(_ path: String) throws(DatabaseError) -> RunLock {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = Errno(rawValue: errno)
            if reason == .noSuchFileOrDirectory { return .free }
            throw cannotOpen(path, reason)
        }
        // Closing gives the shared lock back; whoever takes the lock meanwhile asks again anyway.
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return .free }
        return .held(holder(path))
    }

    /// Who says in the file that they hold the lock.
    static func holder(_ path: String) -> LockHolder? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 512) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
        }
        var holder = LockHolder()
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("pid ") { holder.processID = Int64(line.dropFirst(4)) }
            if line.hasPrefix("user ") { holder.user = String(line.dropFirst(5)) }
        }
        return holder.processID == nil ? nil : holder
    }

    private func write(_ text: String) {
        ftruncate(descriptor, 0)
        _ = Array(text.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    private static func cannotOpen(_ path: String, _ reason: Errno) -> DatabaseError {
        switch reason {
        case .permissionDenied, .readOnlyFileSystem, .notPermitted:
            DatabaseError(
                .readOnlyServer, "the lock file \(path) cannot be written: \(reason)",
                help: [DatabaseEngine.sqlite.adviceWhereReadOnly])
        default:
            DatabaseError(.cannotConnect, "the lock file \(path) cannot be opened: \(reason)")
        }
    }
}
