import ApusCore

/// A whole migration as a rule sees it, for what cannot be said of one statement alone.
struct MigrationSubject: Sendable {
    let migration: Migration
    /// The schema before the migration, behind its up section, and behind its down section.
    let before: KnownSchema
    let afterUp: KnownSchema
    let afterDown: KnownSchema?
    let up: [SectionStatement]
    let down: [SectionStatement]
    let surroundings: Surroundings

    /// A statement of the migration. Those that only read or write rows come without their tree.
    struct SectionStatement: Sendable {
        let index: Int
        let statement: Statement
        let tree: SyntaxNode?
    }

    func text(_ statement: SectionStatement) -> String {
        migration.source.text(statement.statement.range)
    }

    func has(where isMeant: (SectionStatement) -> Bool) -> Bool {
        up.contains(where: isMeant) || down.contains(where: isMeant)
    }

    /// In upper case.
    func firstWord(of statement: SectionStatement) -> String? {
        migration.source.firstWord(of: statement.statement, migration.up.dialect)
    }

    /// An objection to a statement.
    func violation(
        _ message: String, _ direction: Direction, _ statement: SectionStatement,
        help: [String] = []
    ) -> Violation {
        Violation(
            message, range: statement.statement.range, direction: direction,
            statement: statement.statement.range.lowerBound, help: help)
    }

    /// An objection to the statement that made something, where that is in this migration.
    func violation(
        _ message: String, _ birth: KnownSchema.Birth, help: [String] = []
    ) -> Violation? {
        guard birth.migration == migration.id else { return nil }
        let section = birth.direction == .up ? up : down
        guard section.indices.contains(birth.statement) else { return nil }
        return violation(message, birth.direction, section[birth.statement], help: help)
    }
}
