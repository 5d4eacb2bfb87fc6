import Dispatch

extension Array where Element: Sendable {
    /// As `map`, on all cores; in the same order. For work of the processor alone, which blocks nothing.
    package func concurrentMap<Result: Sendable>(
        _ transform: @Sendable (Element) -> Result
    ) -> [Result] {
        // A few are done before another thread has begun.
        guard count >= 32 else { return map(transform) }
        return [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
            // Each place is written once, by whoever has its number.
            nonisolated(unsafe) let places = buffer
            DispatchQueue.concurrentPerform(iterations: count) { index in
                places.initializeElement(at: index, to: transform(self[index]))
            }
            initialized = count
        }
    }
}
