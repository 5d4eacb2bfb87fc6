import ApusCore
import Synchronization

/// Adds up what the steps of a run tell of locks while they go on, for the run's rows.
final class LockTally: Sendable {
    private let steps = Mutex<[StepLocks]>([])

    /// Those that waited, were tried again, or held something, in the order of the run.
    var locks: [StepLocks] { steps.withLock { $0.filter { $0.hasWaited || !$0.held.isEmpty } } }

    func take(_ event: StepEvent, of id: MigrationID, _ direction: Direction) {
        switch event {
        case .waitedForLock(let holder, let time):
            change(id, direction) {
                $0.waited += time
                $0.holder = holder?.name ?? $0.holder
            }
        case .waitingForLock(let holder?, _):
            change(id, direction) { $0.holder = holder.name ?? $0.holder }
        case .retrying: change(id, direction) { $0.retries += 1 }
        default: break
        }
    }

    func take(_ outcome: StepOutcome) {
        guard let held = outcome.locks, !held.isEmpty else { return }
        change(outcome.id, outcome.direction) { $0.held += held }
    }

    private func change(
        _ id: MigrationID, _ direction: Direction, _ body: (inout StepLocks) -> Void
    ) {
        steps.withLock { steps in
            let index =
                steps.lastIndex { $0.migration == id && $0.direction == direction } ?? steps.count
            if index == steps.count {
                steps.append(StepLocks(migration: id, direction: direction))
            }
            body(&steps[index])
        }
    }
}
