import Synchronization

/// Keeps what a callback is told, and lets a test wait for it.
final class Recorder<Value: Sendable>: Sendable {
    private let state = Mutex<[Value]>([])
    private let first: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() {
        (first, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    func record(_ value: Value) {
        state.withLock { $0.append(value) }
        continuation.yield(value)
    }

    var values: [Value] { state.withLock { $0 } }

    /// Returns when there has been a value.
    func waitForOne() async {
        for await _ in first { return }
    }
}
