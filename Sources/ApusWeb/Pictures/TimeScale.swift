import Foundation

/// Where durations stand on a scale on which ten times as much is always the same way up.
struct TimeScale: Sendable {
    struct Mark: Hashable, Sendable {
        var seconds: Double
        var label: String
    }

    /// From the one below the shortest duration to the one above the longest.
    let marks: [Mark]

    private static let all = [
        Mark(seconds: 0.001, label: "1 ms"), Mark(seconds: 0.01, label: "10 ms"),
        Mark(seconds: 0.1, label: "0.1 s"), Mark(seconds: 1, label: "1 s"),
        Mark(seconds: 10, label: "10 s"), Mark(seconds: 60, label: "1 min"),
        Mark(seconds: 600, label: "10 min"), Mark(seconds: 3600, label: "1 h"),
        Mark(seconds: 36_000, label: "10 h"), Mark(seconds: 864_000, label: "10 days"),
    ]

    /// - Parameter seconds: What is to be shown. What is shorter than a millisecond counts as one, what
    ///   is longer than ten days as ten days.
    init(_ seconds: [Double]) {
        let low = Self.all.lastIndex { $0.seconds <= seconds.min() ?? 1 } ?? 0
        let high = Self.all.firstIndex { $0.seconds >= seconds.max() ?? 1 } ?? Self.all.count - 1
        let first = min(low, Self.all.count - 2)
        marks = Array(Self.all[first...max(high, first + 1)])
    }

    /// 0 at the bottom, 1 at the top.
    func fraction(_ seconds: Double) -> Double {
        let (low, high) = (marks[0].seconds, marks[marks.count - 1].seconds)
        return log(min(max(seconds, low), high) / low) / log(high / low)
    }
}
