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
    private let links = Mutex<[Checksum: (name: String, access: Access)]>([:])

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
        if let header = request.headers[.authorization] { return program(header) }
        guard let id = request.cookies[cookieName]?.value, let session = sessions.find(id) else {
            return nil
        }
        return Visitor(name: session.name, session: session.key, access: session.access)
    }

    private func program(_ header: String) -> Visitor? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        // Digests of a text that is long and random: comparing them gives nothing away.
        let digest = Checksum(of: String(parts[1]))
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

    /// The path of a link that signs somebody in once.
    public func oneTimePath(name: String, access: Access) -> String {
        let secret = Opaque.random(bytes: 24)
        links.withLock { $0[Checksum(of: secret)] = (name, access) }
        return "\(pages)/sign-in?once=\(secret)"
    }

    /// Whom a link is for; it is used up with that.
    func redeem(_ secret: String) -> (name: String, access: Access)? {
        links.withLock { $0.removeValue(forKey: Checksum(of: secret)) }
    }
}
