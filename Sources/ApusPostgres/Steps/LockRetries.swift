/// How long to wait, outside any transaction, before a step whose lock timed out is tried again.
struct LockRetries {
    let limit: Int
    private(set) var used = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Half a second, then twice as long each time, up to ten seconds, with jitter; `nil` when all
    /// attempts are used up.
    mutating func next() -> Duration? {
        guard used < limit else { return nil }
        let pause = min(Duration.milliseconds(500) * (1 << min(used, 6)), .seconds(10))
        used += 1
        return pause * Double.random(in: 0.5...1)
    }
}
