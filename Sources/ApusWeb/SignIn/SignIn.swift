public import ApusCore
public import Hummingbird
import Synchronization

/// Apus's own authorizer, for servers without users of their own: names with passwords, sessions in
/// cookies, tokens for programs, and links that sign somebody in once.
public final class SignIn: Authorizer {
    public struct User: Hashable, Sendable {
        public var name: String
        public var password: PasswordHash
        public var access: Access

        public init(name: String, password: PasswordHash, access: Access) {
            self.name = name
            self.password = password
            self.access = access
        }
    }

    /// A token for programs: `Authorization: Bearer …`.
    public struct Token: Hashable, Sendable {
        public var name: String
        /// SHA-256 of the token's text; the text itself is nowhere kept.
        public var digest: Checksum
        public var access: Access

        public init(name: String, digest: Checksum, access: Access) {
            self.name = name
            self.digest = digest
            self.access = access
        }
    }

    let users: [User]
    private let tokens: [Token]
    private let pages: String
    private let isSecure: Bool
    let sessions = Sessions()
    let verifier: PasswordVerifier
    private struct Link {
        var name: String
        var access: Access
        var until: ContinuousClock.Instant
    }

    private let links = Mutex<[Checksum: Link]>([:])
    /// A link stands in a terminal's history, and in a browser's.
    private static let linkTime = Duration.seconds(3600)

    /// - Parameters:
    ///   - pages: Where the pages are mounted.
    ///   - isSecure: Whether browsers come over TLS.
    public init(
        users: [User] = [], tokens: [Token] = [], pages: String = "/admin/migrations",
        isSecure: Bool = true
    ) {
        self.users = users
        self.tokens = tokens
        self.pages = pages
        self.isSecure = isSecure
        verifier = PasswordVerifier(
            users: Dictionary(users.map { ($0.name, $0.password) }) { first, _ in first })
    }

    public var signInPath: String? { "\(pages)/sign-in" }
    public var signOutPath: String? { "\(pages)/sign-out" }

    public func visitor(of request: Request, from address: String?) async throws -> Visitor? {
        // Other schemes are a proxy's business, and the cookie counts.
        if let token = Self.bearer(request) { return program(token) }
        guard let id = request.cookies[cookieName]?.value, let session = sessions.find(id) else {
            return nil
        }
        return Visitor(name: session.name, session: session.key, access: session.access)
    }

    private static func bearer(_ request: Request) -> String? {
        let parts = (request.headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
        guard parts.first?.lowercased() == "bearer" else { return nil }
        return parts.count == 2 ? String(parts[1]) : ""
    }

    private func program(_ text: String) -> Visitor? {
        // Digests of a text that is long and random: comparing them gives nothing away.
        let digest = Checksum(of: text)
        guard let token = tokens.first(where: { $0.digest == digest }) else { return nil }
        return Visitor(
            name: "\(token.name) (token)", session: "token \(digest.hex)", access: token.access,
            isProgram: true)
    }

    // MARK: Sessions

    /// `__Host-`: browsers then insist on `Secure`, on the path `/`, and on no domain.
    var cookieName: String { isSecure ? "__Host-apus-session" : "apus-session" }

    func cookie(_ id: String, lasts seconds: Int?) -> Cookie {
        Cookie(
            name: cookieName, value: id, maxAge: seconds, path: "/", secure: isSecure,
            httpOnly: true, sameSite: .strict)
    }

    // MARK: Links

    /// The path of a link that signs somebody in once, within an hour.
    public func oneTimePath(name: String, access: Access) -> String {
        let secret = Opaque.random(bytes: 24)
        let link = Link(name: name, access: access, until: .now + Self.linkTime)
        links.withLock { $0[Checksum(of: secret)] = link }
        return "\(pages)/sign-in?once=\(secret)"
    }

    /// Whom a link is for; it is used up with that.
    func redeem(
        _ secret: String, now: ContinuousClock.Instant = .now
    ) -> (name: String, access: Access)? {
        let link = links.withLock { $0.removeValue(forKey: Checksum(of: secret)) }
        return link.flatMap { now <= $0.until ? ($0.name, $0.access) : nil }
    }
}
