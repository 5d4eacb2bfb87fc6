import ApusCore

/// What stands against a batch, in the words of every driver.
extension DatabaseError {
    package static func batchKeyInvalid(
        _ message: String,
        help: [String] = ["name the primary key, or the columns of a unique index: key=…"]
    ) -> DatabaseError {
        DatabaseError(.batchKeyInvalid, message, help: help)
    }

    /// - Parameter what: What has another type: `the key of guests`.
    package static func batchKeyChanged(
        _ what: String, from begun: String, to now: String, _ work: BatchWork
    ) -> DatabaseError {
        DatabaseError(
            .batchKeyInvalid,
            "\(what) is \(now) by now, and was \(begun) when \(work.migration.title) was begun",
            help: ["take it back and run it again: apus rollback \(work.migration.version)"])
    }

    /// A rollback has taken the data migration's rows away.
    package static func rolledBack(_ work: BatchWork) -> DatabaseError {
        DatabaseError(
            .dataStopped,
            "\(work.migration.title) is no data migration of this database any more: it was rolled back"
        )
    }
}

extension BatchWork {
    /// Throws `batchKeyInvalid` where the key has other types than when the work was begun.
    package func check(_ types: String, begunWith begun: String) throws(DatabaseError) {
        guard types != begun else { return }
        throw .batchKeyChanged("the key of \(clause.table)", from: begun, to: types, self)
    }
}
