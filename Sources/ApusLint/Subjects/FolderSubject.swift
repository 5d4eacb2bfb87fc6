import ApusCore

/// A migration as a rule sees it behind the last migration of its folder.
struct FolderSubject: Sendable {
    let migration: Migration
    /// The schema behind the up sections of all migrations.
    let after: KnownSchema

    /// An objection to the statement that made something, where that is in this migration's up section.
    func violation(
        _ message: String, _ birth: KnownSchema.Birth, help: [String] = []
    ) -> Violation? {
        guard birth.migration == migration.id, birth.direction == .up else { return nil }
        var range: Range<Int>?
        migration.up.forEachStatement(in: migration.source) { index, statement in
            if index == birth.statement { range = statement.range }
        }
        return range.map {
            Violation(
                message, range: $0, direction: .up, statement: $0.lowerBound, help: help)
        }
    }
}
