/// A time zone, as far as a schedule needs it: its name, and how far its clocks are ahead of UTC.
public struct ZoneRules: Sendable {
    /// `Europe/Ljubljana`
    public var name: String
    /// Seconds east of UTC at a moment, given in seconds since 1970-01-01T00:00:00Z.
    public var offset: @Sendable (Int64) -> Int64

    public init(name: String, offset: @escaping @Sendable (Int64) -> Int64) {
        self.name = name
        self.offset = offset
    }

    public static let utc = ZoneRules(name: "UTC") { _ in 0 }

    /// When a clock in this zone shows a time. All moments are seconds since 1970-01-01T00:00:00Z.
    public enum Occurrence: Hashable, Sendable {
        case once(Int64)
        /// The clock was set back: it shows the time twice.
        case twice(first: Int64, second: Int64)
        /// The clock was set ahead past it, at the moment `jump`: it never shows the time.
        case never(jump: Int64)
    }

    public func occurrence(of time: LocalTime) -> Occurrence {
        // No zone is further than 26 hours from UTC, so the offsets that count are those in force a
        // little more than a day before and after.
        let reach: Int64 = 26 * 3600
        let before = offset(time.seconds - reach)
        let after = offset(time.seconds + reach)
        let moments = Set([before, after]).map { time.seconds - $0 }
            .filter { offset($0) == time.seconds - $0 }.sorted()
        if moments.count == 2 { return .twice(first: moments[0], second: moments[1]) }
        if let moment = moments.first { return .once(moment) }
        return .never(jump: change(between: time.seconds - after, and: time.seconds - before))
    }

    /// The first moment that has another offset than `early`, found by halving.
    private func change(between early: Int64, and late: Int64) -> Int64 {
        let old = offset(early)
        var (low, high) = (early, late)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(middle) == old { low = middle } else { high = middle }
        }
        return high
    }

    /// What a clock in this zone shows at a moment.
    public func local(_ second: Int64) -> LocalTime { LocalTime(seconds: second + offset(second)) }

    /// `2026-03-29 03:00 Europe/Ljubljana`
    public func text(_ second: Int64) -> String { "\(local(second)) \(name)" }

    /// `2026-10-25T01:30:00Z`
    static func utcText(_ second: Int64) -> String {
        let local = LocalTime(seconds: second)
        let seconds = Int(second - (second / 60) * 60)
        let clock = ClockTime(seconds: local.time.seconds - seconds)
        let tail = seconds < 10 ? "0\(seconds)" : "\(seconds)"
        return "\(local.date?.description ?? "?")T\(clock):\(tail)Z"
    }

    /// `2026-10-25T02:30+01:00`: a moment as nobody can mistake it.
    public func exactText(_ second: Int64) -> String {
        let east = offset(second)
        let (hours, minutes) = (abs(east) / 3600, abs(east) / 60 % 60)
        let digits = ClockTime(seconds: Int(hours * 3600 + minutes * 60))
        let local = local(second)
        return "\(local.date?.description ?? "?")T\(local.time)\(east < 0 ? "-" : "+")\(digits)"
    }
}
