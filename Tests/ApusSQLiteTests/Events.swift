import ApusEngine
import Synchronization

/// Keeps the events of a step, and lets a test wait for one of them.
final class Events: Sendable {
    private let all = Mutex<[StepEvent]>([])
    private let stream: AsyncStream<StepEvent>
    private let continuation: AsyncStream<StepEvent>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    @Sendable func record(_ event: StepEvent) {
        all.withLock { $0.append(event) }
        continuation.yield(event)
    }

    /// Returns when an event came that is wanted; asked once.
    func wait(for isWanted: (StepEvent) -> Bool) async {
        for await event in stream where isWanted(event) { return }
    }

    var values: [StepEvent] { all.withLock { $0 } }

    /// How long each wait for a lock was that is over.
    var waits: [Duration] {
        values.compactMap { if case .waitedForLock(_, let time) = $0 { time } else { nil } }
    }

    var notices: [String] {
        values.compactMap { if case .notice(let text) = $0 { text } else { nil } }
    }
}
