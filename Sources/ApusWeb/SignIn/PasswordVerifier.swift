import Synchronization

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
        var last: ContinuousClock.Instant
        var blockedUntil: ContinuousClock.Instant
    }

    private let users: [String: PasswordHash]
    private let nobody: PasswordHash?
    private var failures: [String: Failures] = [:]
    /// How many wait for their turn: each comparison takes a tenth of a second, and a queue without
    /// an end would keep everybody out.
    private let waiting = Mutex(0)
    private let mostWaiting: Int
    private static let free = 4
    private static let longest = 900
    private static let mostRemembered = 10_000
    /// One failure is forgotten each time that this long has passed without another.
    private static let memory = Duration.seconds(900)
    /// Longer names and passwords are nobody's.
    static let longestName = 200
    static let longestPassword = 1024

    init(users: [String: PasswordHash], nobody: PasswordHash? = nil, mostWaiting: Int = 16) {
        self.users = users
        self.mostWaiting = mostWaiting
        // Where there are no users there is nothing to be found out.
        self.nobody = nobody ?? PasswordHash.decoy(among: users.values)
    }

    nonisolated func verify(
        _ name: String, _ password: String, from address: String?,
        now: ContinuousClock.Instant = .now
    ) async -> Answer {
        let isFull = waiting.withLock { waiting in
            guard waiting < mostWaiting else { return true }
            waiting += 1
            return false
        }
        guard !isFull else { return .throttled(seconds: 2) }
        defer { waiting.withLock { $0 -= 1 } }
        return await compare(name, password, address, now)
    }

    private func compare(
        _ name: String, _ password: String, _ address: String?, _ now: ContinuousClock.Instant
    ) -> Answer {
        let place = "address \(address ?? "unknown")"
        guard name.utf8.count <= Self.longestName, password.utf8.count <= Self.longestPassword
        else {
            if let wait = wait(for: [place], now) { return wait }
            fail(place, now)
            return .wrong
        }
        let keys = ["name \(name)", place]
        if let wait = wait(for: keys, now) { return wait }
        let known = users[name]
        let matches = (known ?? nobody)?.matches(password) ?? false
        guard known != nil, matches else {
            for key in keys { fail(key, now) }
            return .wrong
        }
        // The address keeps its failures: whoever has a password of their own could go on guessing
        // others' for ever.
        failures[keys[0]] = nil
        return .right
    }

    private func wait(for keys: [String], _ now: ContinuousClock.Instant) -> Answer? {
        let wait = keys.compactMap { failures[$0]?.blockedUntil }.max().map { $0 - now } ?? .zero
        guard wait > .zero else { return nil }
        return .throttled(seconds: max(1, Int((wait / .seconds(1)).rounded(.up))))
    }

    /// After a few free tries each further one doubles the pause.
    private func fail(_ key: String, _ now: ContinuousClock.Instant) {
        if failures.count >= Self.mostRemembered {
            failures = failures.filter { $0.value.blockedUntil > now }
        }
        var failure = failures[key] ?? Failures(last: now, blockedUntil: now)
        failure.count = max(0, failure.count - Int((now - failure.last) / Self.memory)) + 1
        failure.last = now
        let beyond = failure.count - Self.free
        if beyond > 0 {
            failure.blockedUntil = now + .seconds(min(Self.longest, 1 << min(beyond, 10)))
        }
        failures[key] = failure
    }
}
