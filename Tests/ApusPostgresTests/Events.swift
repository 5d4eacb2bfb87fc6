import ApusEngine
import Synchronization

/// The events of one step, as they come.
final class Events: Sendable {
    private let all = Mutex<[StepEvent]>([])
    private let (stream, continuation) = AsyncStream.makeStream(of: Int.self)

    func add(_ event: StepEvent) {
        all.withLock { $0.append(event) }
        if case .statementStarted(let index, _) = event { continuation.yield(index) }
    }

    /// Waits until that statement has been sent.
    func statementStarted(_ index: Int) async {
        for await started in stream where started >= index { return }
    }

    /// The statements that were begun, by their index.
    var started: [Int] {
        all.withLock {
            $0.compactMap { if case .statementStarted(let index, _) = $0 { index } else { nil } }
        }
    }

    /// The statements that were done, by their index.
    var finished: [Int] {
        all.withLock {
            $0.compactMap {
                if case .statementFinished(let index, _, _, _) = $0 { index } else { nil }
            }
        }
    }

    var holders: [LockHolder] {
        all.withLock {
            $0.compactMap { if case .waitingForLock(let holder?, _) = $0 { holder } else { nil } }
        }
    }

    /// The waits for locks that are over: who was seen to hold them, and how long they were.
    var waits: [(holder: LockHolder?, time: Duration)] {
        all.withLock {
            $0.compactMap {
                if case .waitedForLock(let holder, let time) = $0 { (holder, time) } else { nil }
            }
        }
    }

    var retries: Int {
        all.withLock { $0.filter { if case .retrying = $0 { true } else { false } }.count }
    }

    var droppedIndexes: [String] {
        all.withLock {
            $0.compactMap { if case .droppedInvalidIndex(let name) = $0 { name } else { nil } }
        }
    }

    var phases: [String] {
        all.withLock {
            $0.compactMap { if case .progress(let phase, _) = $0 { phase } else { nil } }
        }
    }

    var notices: [String] {
        all.withLock { $0.compactMap { if case .notice(let text) = $0 { text } else { nil } } }
    }
}
