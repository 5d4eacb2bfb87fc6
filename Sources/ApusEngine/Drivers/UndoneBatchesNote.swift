package import ApusCore

/// What the journal keeps of batches whose migration was taken back: `2500 rows in batches, done`.
///
/// The row belongs to the run that had begun them, is `settled`, and has the statement's index as
/// `statements_done` and the time spent in batches as `duration_us`. It is no step of that run.
package struct UndoneBatchesNote: Hashable, Sendable {
    package var rows: Int64
    package var state: DataMigrationProgress.State

    package init(rows: Int64, state: DataMigrationProgress.State) {
        self.rows = rows
        self.state = state
    }

    /// What stands between both values.
    package static let words = " rows in batches, "

    /// `nil` for a message that is none.
    package init?(_ message: String) {
        guard let words = message.firstRange(of: Self.words),
            let rows = Int64(message[..<words.lowerBound]),
            let state = DataMigrationProgress.State(rawValue: String(message[words.upperBound...]))
        else { return nil }
        self.init(rows: rows, state: state)
    }

    /// SQL that is true for journal rows that are steps, of the table `j`.
    package static let isStep =
        "(j.status <> 'settled' OR coalesce(j.message, '') NOT LIKE '%\(words)%')"
}
