import ApusCore

/// A migration as a rule sees it behind the last migration of its folder.
struct FolderSubject: Sendable {
    let migration: Migration
    /// The schema behind the up sections of all migrations.
    let after: KnownSchema
    /// The foreign keys of that schema that the migration made, by the names of their tables.
    let foreignKeys: [TableForeignKey]

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

/// A foreign key and the table that it belongs to.
typealias TableForeignKey = (table: ObjectName, key: KnownSchema.Constraint)

extension KnownSchema {
    /// The foreign keys that there are, by the migration that made them.
    var foreignKeys: [MigrationID: [TableForeignKey]] {
        let all = tables.flatMap { table, facts in
            facts.constraints.lazy.filter { $0.kind == .foreignKey }.map { (table: table, key: $0) }
        }
        return Dictionary(grouping: all) { $0.key.birth.migration }
            .mapValues { $0.sorted { $0.table.description < $1.table.description } }
    }
}
