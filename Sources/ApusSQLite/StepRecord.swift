import ApusCore
import ApusEngine
import GRDB

import struct ApusEngine.DatabaseError

extension Registry {
    /// Writes what a finished step changes in the history, and settles what was open of it.
    func finish(
        _ step: Step, run: RunID, startedAt: Timestamp, duration: Duration, in database: Database
    ) throws(DatabaseError) {
        switch step.direction {
        case .up:
            guard let record = step.record else {
                throw DatabaseError(.internalError, "an up step without the row it is to write")
            }
            try insert(
                step, record: record, run: run, appliedAt: startedAt, duration: duration,
                in: database)
        case .down:
            // A migration that stopped midway has no row yet; its down section may run all the same.
            let wasApplied = try delete(step.id, in: database)
            let wasUnfinished = try isUnfinished(step.id, in: database)
            guard wasApplied || wasUnfinished else {
                throw DatabaseError(
                    .statementFailed, "\(step.id) is not in the history any more",
                    detail: "another process has undone it", help: ["apus status"])
            }
        }
        try settle(step.id, message: "finished by run \(run)", in: database)
    }
}
