import ApusEngine
import Synchronization

/// The lock holders that a waiter was told of.
final class Told: Sendable {
    private let all = Mutex<[LockHolder?]>([])

    func add(_ holder: LockHolder?) { all.withLock { $0.append(holder) } }

    var holders: [LockHolder?] { all.withLock { $0 } }
}
