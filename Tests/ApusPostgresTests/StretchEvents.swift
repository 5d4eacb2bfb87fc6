import ApusEngine
import Synchronization

/// What was told of several steps, as it came.
final class StretchEvents: Sendable {
    private let all = Mutex<[StretchEvent]>([])

    func add(_ event: StretchEvent) { all.withLock { $0.append(event) } }

    /// Where the steps began and ended.
    var order: [String] {
        all.withLock {
            $0.compactMap { event in
                switch event {
                case .started(let place): "begin \(place)"
                case .finished(let place, _): "end \(place)"
                case .step: nil
                }
            }
        }
    }

    /// Where the statements began and ended, `STEP.STATEMENT`.
    var statements: [String] {
        all.withLock {
            $0.compactMap { event in
                switch event {
                case .step(let place, .statementStarted(let index, _)): "begin \(place).\(index)"
                case .step(let place, .statementFinished(let index, _, _, _)):
                    "end \(place).\(index)"
                default: nil
                }
            }
        }
    }

    var notices: [String] {
        all.withLock {
            $0.compactMap { event in
                if case .step(let place, .notice(let text)) = event {
                    "\(place) \(text)"
                } else {
                    nil
                }
            }
        }
    }
}

extension StretchEvent {
    var failure: StepFailure? {
        if case .finished(_, let outcome) = self { outcome.failure } else { nil }
    }
}
