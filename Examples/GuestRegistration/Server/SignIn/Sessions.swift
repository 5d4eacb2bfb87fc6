import Hummingbird
import Synchronization

/// Who is signed in, by the id in their cookie; only its digest is kept.
final class Sessions: Sendable {
    struct Session: Hashable, Sendable {
        var account: Account
        /// What forms carry to show that this session drew them.
        var token: String
        var until: ContinuousClock.Instant
    }

    private let isSecure: Bool
    private let sessions = Mutex<[String: Session]>([:])
    private static let lasts = Duration.seconds(10 * 3600)

    /// - Parameter isSecure: Whether browsers come over TLS.
    init(isSecure: Bool) {
        self.isSecure = isSecure
    }

    /// A new session, and the cookie that names it.
    func start(_ account: Account, now: ContinuousClock.Instant = .now) -> Cookie {
        let id = Secrets.random()
        let session = Session(account: account, token: Secrets.random(), until: now + Self.lasts)
        sessions.withLock { sessions in
            sessions = sessions.filter { $0.value.until > now }
            sessions[Secrets.digest(id)] = session
        }
        return cookie(id)
    }

    func find(_ request: Request, now: ContinuousClock.Instant = .now) -> Session? {
        guard let id = request.cookies[name]?.value else { return nil }
        return sessions.withLock { $0[Secrets.digest(id)] }.flatMap { $0.until > now ? $0 : nil }
    }

    /// Ends the request's session; the cookie that says so to the browser.
    func end(_ request: Request) -> Cookie {
        if let id = request.cookies[name]?.value {
            sessions.withLock { $0[Secrets.digest(id)] = nil }
        }
        return cookie("", lasts: 0)
    }

    private var name: String { isSecure ? "__Host-guests" : "guests" }

    private func cookie(_ id: String, lasts seconds: Int? = nil) -> Cookie {
        Cookie(
            name: name, value: id, maxAge: seconds, path: "/", secure: isSecure, httpOnly: true,
            sameSite: .strict)
    }
}
