/// How large the next batch is, so that each takes about as long as it should.
public struct BatchPace: Hashable, Sendable {
    public var target: Duration

    /// The most rows of a batch.
    public static let largest = 1_000_000

    public init(target: Duration) {
        self.target = target
    }

    /// At most twice, and at least half the size of the last batch: one that had to wait for something
    /// says little of the next.
    ///
    /// - Parameter rows: How many it really had; the last of all has fewer, and says nothing.
    public func size(after size: Int, rows: Int, took: Duration) -> Int {
        guard target > .zero, rows == size, took > .zero else { return size }
        let factor = min(2, max(0.5, target / took))
        // What is near enough stays, so that sizes do not flutter.
        if (0.8...1.25).contains(factor) { return size }
        return min(Self.largest, max(1, Int((Double(size) * factor).rounded())))
    }
}
