import ApusEngine
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The lock that says that a rehearsal's file has an owner who is alive.
final class RehearsalOwner: Sendable {
    private let path: String
    private let lock: Mutex<LockFile?>

    init(path: String, lock: consuming LockFile) {
        self.path = path
        self.lock = Mutex(consume lock)
    }

    /// Whether others still meet at the file that is locked.
    var isInPlace: Bool {
        lock.withLock { lock in
            switch lock {
            case .some(let held): held.isInPlace
            case .none: false
            }
        }
    }

    /// Gives it up; the file goes first, so that nobody takes it for one of somebody dead.
    func release() throws(DatabaseError) {
        unlink(path)
        lock.withLock { $0 = nil }
    }
}
