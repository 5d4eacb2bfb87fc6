public import ApusCore

/// A migration of which history and journal say opposite things: somebody deleted a row of the history,
/// or wrote one. The journal is only ever added to.
public struct JournalContradiction: Hashable, Sendable {
    public var migration: MigrationID
    /// What the journal says was done last: `up`, and the history has no row; `down`, and it has one.
    public var lastDone: Direction
    public var run: RunID

    public init(migration: MigrationID, lastDone: Direction, run: RunID) {
        self.migration = migration
        self.lastDone = lastDone
        self.run = run
    }

    /// Applying it a second time, or undoing what is undone, would change data twice.
    var diagnostic: Diagnostic {
        let title = migration.title
        return switch lastDone {
        case .up:
            Diagnostic(
                .historyContradictsJournal,
                "run \(run) applied \(title), nothing took it back, and the history has no row of it",
                help: [
                    "where the database has what it does: \(markApplied)",
                    "where it was taken back by hand: \(markApplied), then: \(markReverted)",
                ])
        case .down:
            Diagnostic(
                .historyContradictsJournal,
                "run \(run) took \(title) back, nothing applied it since, and the history has a row of it",
                help: [
                    "where the database has nothing of it: \(markReverted)",
                    "where it has what it does: \(markReverted), then: \(markApplied)",
                ])
        }
    }

    var markApplied: String { "apus repair mark-applied \(migration.reference)" }
    var markReverted: String { "apus repair mark-reverted \(migration.reference)" }
}
