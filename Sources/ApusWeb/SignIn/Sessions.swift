import ApusCore
import Synchronization

/// Who is signed in, by the session id in their cookie.
///
/// The id itself is not kept, only its digest: whoever reads the memory, or a dump of it, cannot
/// take over a session.
final class Sessions: Sendable {
    struct Session: Sendable {
        var name: String
        var access: Access
        var startedAt: ContinuousClock.Instant
        var seenAt: ContinuousClock.Instant
        /// What form tokens are bound to.
        var key: String
    }

    private let sessions = Mutex<[Checksum: Session]>([:])
    private static let longestIdle = Duration.seconds(2 * 3600)
    private static let longest = Duration.seconds(12 * 3600)
    private static let most = 10_000

    /// A new session, with an id that nobody has seen before (W6).
    func start(_ name: String, _ access: Access, now: ContinuousClock.Instant = .now) -> String {
        let id = Opaque.random(bytes: 32)
        let session = Session(
            name: name, access: access, startedAt: now, seenAt: now,
            key: Opaque.random(bytes: 16))
        sessions.withLock { sessions in
            sessions = sessions.filter { Self.isAlive($0.value, now) }
            if sessions.count >= Self.most,
                let oldest = sessions.min(by: { $0.value.seenAt < $1.value.seenAt })
            {
                sessions[oldest.key] = nil
            }
            sessions[Checksum(of: id)] = session
        }
        return id
    }

    func find(_ id: String, now: ContinuousClock.Instant = .now) -> Session? {
        let key = Checksum(of: id)
        return sessions.withLock { sessions in
            guard var session = sessions[key] else { return nil }
            guard Self.isAlive(session, now) else {
                sessions[key] = nil
                return nil
            }
            session.seenAt = now
            sessions[key] = session
            return session
        }
    }

    func end(_ id: String) {
        sessions.withLock { $0[Checksum(of: id)] = nil }
    }

    private static func isAlive(_ session: Session, _ now: ContinuousClock.Instant) -> Bool {
        now - session.seenAt <= longestIdle && now - session.startedAt <= longest
    }
}
