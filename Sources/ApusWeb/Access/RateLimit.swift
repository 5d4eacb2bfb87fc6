import Synchronization

/// How many requests each client has left: a bucket that fills again at a steady rate (W13).
final class RateLimit: Sendable {
    private struct Bucket {
        var tokens: Double
        var filledAt: ContinuousClock.Instant
    }

    private let capacity: Double
    private let perSecond: Double
    private let buckets = Mutex<[String: Bucket]>([:])
    /// More clients than this are forgotten, the fullest first: a full bucket remembers nothing.
    private static let mostClients = 10_000

    init(perMinute: Int) {
        capacity = Double(max(1, perMinute))
        perSecond = capacity / 60
    }

    /// Takes one request; the seconds to wait where there is none left.
    func take(_ client: String, now: ContinuousClock.Instant = .now) -> Int? {
        buckets.withLock { buckets in
            if buckets.count >= Self.mostClients {
                buckets = buckets.filter { level(of: $0.value, now) < capacity }
                if buckets.count >= Self.mostClients { buckets.removeAll() }
            }
            var bucket = buckets[client] ?? Bucket(tokens: capacity, filledAt: now)
            bucket.tokens = level(of: bucket, now)
            bucket.filledAt = now
            defer { buckets[client] = bucket }
            guard bucket.tokens >= 1 else {
                return max(1, Int(((1 - bucket.tokens) / perSecond).rounded(.up)))
            }
            bucket.tokens -= 1
            return nil
        }
    }

    private func level(of bucket: Bucket, _ now: ContinuousClock.Instant) -> Double {
        min(capacity, bucket.tokens + (now - bucket.filledAt) / .seconds(1) * perSecond)
    }
}

/// How many event streams are open, of each session and in all (W13).
final class StreamLimit: Sendable {
    private let perSession: Int
    private let inAll: Int
    private let open = Mutex<[String: Int]>([:])

    init(perSession: Int, inAll: Int) {
        self.perSession = perSession
        self.inAll = inAll
    }

    /// Whether one more may be opened; it counts until ``close(_:)``.
    func open(_ session: String) -> Bool {
        open.withLock { open in
            guard open[session, default: 0] < perSession, open.values.reduce(0, +) < inAll else {
                return false
            }
            open[session, default: 0] += 1
            return true
        }
    }

    /// One more stream; it counts as long as the place is kept. `nil` where there is none left.
    func place(for session: String) -> Place? {
        open(session) ? Place(limit: self, session: session) : nil
    }

    var isEmpty: Bool { open.withLock(\.isEmpty) }

    /// An open stream's place, given back when nobody refers to it any more.
    final class Place: Sendable {
        private let limit: StreamLimit
        private let session: String

        fileprivate init(limit: StreamLimit, session: String) {
            self.limit = limit
            self.session = session
        }

        deinit { limit.close(session) }
    }

    func close(_ session: String) {
        open.withLock { open in
            let left = open[session, default: 1] - 1
            open[session] = left > 0 ? left : nil
        }
    }
}
