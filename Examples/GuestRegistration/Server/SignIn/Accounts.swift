import ApusCore
import ApusEngine
import ApusWeb

/// The accounts with their passwords: one password is compared at a time, and whoever keeps guessing
/// waits longer and longer.
actor Accounts {
    enum Answer: Hashable, Sendable {
        case right(Account)
        case wrong
        case wait(seconds: Int)
    }

    private let known: [String: (account: Account, hash: PasswordHash)]
    /// What the password of an unknown name is compared with: it takes as long as another.
    private let nobody: PasswordHash
    private var failures: [String: (count: Int, until: ContinuousClock.Instant)] = [:]

    init(_ accounts: [(account: Account, hash: PasswordHash)]) throws {
        known = Dictionary(accounts.map { ($0.account.name, $0) }) { first, _ in first }
        nobody = try PasswordHash(of: Secrets.random())
    }

    /// The accounts below `web.users` in `apus.yaml`. Throws `configuration-invalid`.
    static func configured(_ settings: WebSettings) throws -> [(Account, PasswordHash)] {
        try settings.users.map { user in
            guard let hash = PasswordHash(user.password) else {
                throw Diagnostics([
                    Diagnostic(
                        .configurationInvalid, "user \(user.name): the password is no scrypt hash",
                        help: ["make one: apus password"])
                ])
            }
            let role: Account.Role = user.scopes.contains(.operate) ? .operator : .viewer
            return (Account(name: user.name, role: role), hash)
        }
    }

    func verify(
        _ name: String, _ password: String, now: ContinuousClock.Instant = .now
    ) -> Answer {
        if let failure = failures[name], failure.until > now {
            return .wait(seconds: Int(((failure.until - now) / .seconds(1)).rounded(.up)))
        }
        let found = known[name]
        if (found?.hash ?? nobody).matches(password), let found {
            failures[name] = nil
            return .right(found.account)
        }
        if failures.count >= 10_000 { failures = failures.filter { $0.value.until > now } }
        let count = (failures[name]?.count ?? 0) + 1
        let pause = count < 4 ? 0 : min(900, 1 << min(count - 3, 10))
        failures[name] = (count, now + .seconds(pause))
        return .wrong
    }
}
