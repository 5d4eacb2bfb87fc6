import ApusCore
import ApusEngine
import GRDB

import struct ApusEngine.DatabaseError

extension Registry {
    /// Writes what a finished step changes in the history, and settles what was open of it.
    func finish(
        _ step: Step, run: RunID, startedAt: Timestamp, duration: Duration, in database: Database
    ) throws(DatabaseError) {
        switch (step.action, step.direction) {
        case (.settle, _), (.accept, _):
            guard try contains(step.id, in: database) else { throw Self.gone(step) }
            if step.action == .accept { try update(step, record: record(of: step), in: database) }
        case (_, .up):
            try insert(
                step, record: record(of: step), run: run, appliedAt: startedAt, duration: duration,
                in: database)
        case (_, .down):
            // A migration that stopped midway has no row yet; its down section may run all the same.
            let wasApplied = try delete(step.id, in: database)
            try forgetBatches(of: step.id, in: database)
            let wasUnfinished = try isUnfinished(step.id, in: database)
            guard wasApplied || wasUnfinished else { throw Self.gone(step) }
        }
        try settle(step.id, message: "finished by run \(run)", in: database)
    }

    private func record(of step: Step) throws(DatabaseError) -> Step.Record {
        if let record = step.record { return record }
        throw DatabaseError(.internalError, "an up step without the row it is to write")
    }

    private static func gone(_ step: Step) -> DatabaseError {
        DatabaseError(
            .statementFailed, "\(step.id) is not in the history any more",
            detail: "another process has undone it", help: ["apus status"])
    }
}
