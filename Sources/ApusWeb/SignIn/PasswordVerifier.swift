/// Compares passwords, one at a time, and slows down whoever keeps guessing (W3).
///
/// The throttle is in here, before the comparison: no way to the comparison leads around it. An
/// unknown name takes as long as a wrong password.
actor PasswordVerifier {
    enum Answer: Hashable, Sendable {
        case right
        case wrong
        /// Not even looked at.
        case throttled(seconds: Int)
    }

    private struct Failures {
        var count = 0
        var blockedUntil: ContinuousClock.Instant
    }

    private let users: [String: PasswordHash]
    private let nobody: PasswordHash?
    private var failures: [String: Failures] = [:]
    private static let free = 4
    private static let longest = 900
    private static let mostRemembered = 10_000

    init(users: [String: PasswordHash], nobody: PasswordHash? = nil) {
        self.users = users
        // Where there are no users there is nothing to be found out.
        self.nobody =
            nobody ?? (users.isEmpty ? nil : try? PasswordHash(of: Opaque.random(bytes: 16)))
    }

    func verify(
        _ name: String, _ password: String, from address: String?,
        now: ContinuousClock.Instant = .now
    ) -> Answer {
        let keys = ["name \(name)", "address \(address ?? "unknown")"]
        let wait = keys.compactMap { failures[$0]?.blockedUntil }.max().map { $0 - now } ?? .zero
        guard wait <= .zero else {
            return .throttled(seconds: max(1, Int((wait / .seconds(1)).rounded(.up))))
        }
        let known = users[name]
        let matches = (known ?? nobody)?.matches(password) ?? false
        guard known != nil, matches else {
            for key in keys { fail(key, now) }
            return .wrong
        }
        failures[keys[0]] = nil
        return .right
    }

    /// After a few free tries each further one doubles the pause.
    private func fail(_ key: String, _ now: ContinuousClock.Instant) {
        if failures.count >= Self.mostRemembered {
            failures = failures.filter { $0.value.blockedUntil > now }
        }
        var failure = failures[key] ?? Failures(blockedUntil: now)
        failure.count += 1
        let beyond = failure.count - Self.free
        if beyond > 0 {
            failure.blockedUntil = now + .seconds(min(Self.longest, 1 << min(beyond, 10)))
        }
        failures[key] = failure
    }
}
