public import Hummingbird

/// Decides who is behind a request and what they may do; passed in by the host.
///
/// ```swift
/// struct HostAuthorizer: Authorizer {
///     func visitor(of request: Request, from address: String?) async throws -> Visitor? {
///         guard let user = try await sessions.user(of: request) else { return nil }
///         return Visitor(
///             name: user.name, session: user.sessionKey,
///             access: user.isOperator ? .act([.operator]) : .read)
///     }
///     var signInPath: String? { "/login" }
/// }
/// ```
///
/// It is asked for every request to a page, the API, or an event stream; none of those answers
/// before it has.
public protocol Authorizer: Sendable {
    /// Who sent the request; `nil` where nobody is signed in. A thrown error denies.
    ///
    /// - Parameter address: The peer's address, where the server knows it.
    func visitor(of request: Request, from address: String?) async throws -> Visitor?

    /// Where people sign in: pages send them there with `?return=PATH`. `nil` answers 401.
    var signInPath: String? { get }

    /// Where the page's "Sign out" sends its POST, with the form's token; `nil` shows none.
    var signOutPath: String? { get }
}

extension Authorizer {
    public var signOutPath: String? { nil }
}

/// Somebody, or some program, who is signed in.
public struct Visitor: Hashable, Sendable {
    /// As the audit and the history of runs name them: `ana`, `ci (token deploy)`.
    public var name: String
    /// What is the same for all requests of one session and cannot be guessed. Form tokens and
    /// limits are bound to it; it is never shown.
    public var session: String
    public var access: Access
    /// Whether the request proves by itself that no other site made a browser send it: a token in an
    /// `Authorization` header, for instance. Such requests need no form token.
    public var isProgram: Bool

    public init(name: String, session: String, access: Access, isProgram: Bool = false) {
        self.name = name
        self.session = session
        self.access = access
        self.isProgram = isProgram
    }
}

/// What somebody may do.
public enum Access: Hashable, Sendable {
    /// Known, and not let in.
    case forbidden
    /// Everything may be seen, nothing done.
    case read
    /// Everything may be seen, and done what the roles allow.
    case act(Set<Role>)

    func allows(_ role: Role?) -> Bool {
        switch self {
        case .forbidden: false
        case .read: role == nil
        case .act(let roles): role.map(roles.contains) ?? true
        }
    }
}

/// What goes beyond looking.
public enum Role: String, Hashable, Sendable, CaseIterable {
    /// Runs, rolls back, cancels, takes and verifies backups.
    case `operator`
    /// Downloads backups, which hold all data.
    case download
}
