/// Durations of the same work, oldest first, and what they say together.
public struct DurationSeries: Hashable, Sendable {
    /// How many times the median a duration has to exceed to be flagged.
    public static let flagFactor = 3.0

    /// Never empty.
    public let durations: [Duration]
    /// The middle one; of an even number the mean of the two in the middle.
    public let median: Duration
    public let longest: Duration
    public let total: Duration

    /// `nil` for no durations.
    public init?(_ durations: [Duration]) {
        guard let longest = durations.max() else { return nil }
        self.durations = durations
        self.longest = longest
        total = durations.reduce(.zero, +)
        median = Self.median(of: durations.sorted())
    }

    public var last: Duration { durations[durations.count - 1] }

    /// Whether a duration is above three times the median.
    public func isFlagged(_ duration: Duration) -> Bool {
        duration / .seconds(1) > Self.flagFactor * (median / .seconds(1))
    }

    public var flaggedCount: Int { durations.count(where: isFlagged) }

    /// The median of the newer half over that of the older half: 2 where it takes twice as long as it
    /// did. `nil` below four durations, and where the older half took no time.
    public var trend: Double? {
        guard durations.count >= 4 else { return nil }
        let half = durations.count / 2
        let older = Self.median(of: durations.prefix(half).sorted())
        let newer = Self.median(of: durations.suffix(half).sorted())
        return older > .zero ? newer / older : nil
    }

    private static func median(of sorted: [Duration]) -> Duration {
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
