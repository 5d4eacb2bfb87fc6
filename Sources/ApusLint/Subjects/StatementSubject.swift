import ApusCore

/// A statement as a rule sees it: itself, its section, and what came before.
struct StatementSubject: Sendable {
    let migration: Migration
    let direction: Direction
    /// From 0, in its section.
    let index: Int
    let statement: Statement
    /// PostgreSQL's parse tree; `nil` for SQLite.
    let tree: SyntaxNode?
    /// What the migrations before this one, and the statements before this one, have made.
    let before: KnownSchema
    /// How long the statement waits for a lock at most; `nil` where it waits for ever.
    let lockTimeout: Duration?
    let surroundings: Surroundings

    /// Whether Apus opens a transaction around the section.
    var isInTransaction: Bool { script.transaction == .wrapped }
    /// Whether the statement runs alone in its transaction, Apus's own rows apart.
    var isAlone: Bool { !isInTransaction || script.statementCount == 1 }
    var script: Script {
        direction == .up ? migration.up : migration.down ?? migration.up
    }
    var text: String { migration.source.text(statement.range) }
    /// The target's major version, where it is known.
    var serverVersion: Int? { surroundings.statistics?.serverVersion }

    /// The `ALTER TABLE` that it is, if it is one.
    var alterTable: AlterTable? { AlterTable(tree, statement, in: migration.source) }

    /// Where this statement would enter something into the schema.
    var birth: KnownSchema.Birth {
        KnownSchema.Birth(migration: migration.id, direction: direction, statement: index)
    }

    /// What it does to the schema of SQLite.
    var sqliteDefinition: SQLiteDefinition {
        script.dialect == .sqlite ? SQLiteDefinition(statement, in: migration.source) : .other
    }

    /// The locks that it will take, as far as they are known.
    func locks(of tree: SyntaxNode) -> [PredictedLock] {
        LockPrediction.of(tree, before: before, on: surroundings.assumedVersion).locks
    }

    // MARK: What is known of the tables

    /// Whether nobody else uses the table yet: it was made in this section, or (`--plan`) by a migration
    /// of the same plan.
    func isNew(_ table: ObjectName) -> Bool {
        before.tables[table].map { isNew($0.birth) } ?? false
    }

    func isNew(_ birth: KnownSchema.Birth) -> Bool {
        surroundings.isNew(birth, in: direction, of: migration.id)
    }

    /// Whether a statement of this section made it.
    func isInSection(_ birth: KnownSchema.Birth) -> Bool {
        birth.migration == migration.id && birth.direction == direction
    }

    /// Whether this is a down section and its own up section made that.
    func isUndoing(_ birth: KnownSchema.Birth?) -> Bool {
        direction == .down && birth?.migration == migration.id && birth?.direction == .up
    }

    /// The table's size and use in the target database (`--live`).
    func statistics(of table: ObjectName) -> TableStatistics? {
        surroundings.statistics?.of(table)
    }

    // MARK: Objecting

    /// An objection to the whole statement.
    func violation(_ message: String, help: [String] = []) -> Violation {
        Violation(message, range: statement.range, statement: self, help: help)
    }

    /// An objection to the part of the statement where a node stands.
    func violation(_ message: String, at node: SyntaxNode?, help: [String] = []) -> Violation {
        guard let location = node?.location else { return violation(message, help: help) }
        return Violation(
            message, range: token(at: statement.range.lowerBound + location), statement: self,
            help: help)
    }

    /// An objection to some of the statement's bytes.
    func violation(
        _ message: String, in range: Range<Int>, help: [String] = []
    ) -> Violation {
        Violation(message, range: range, statement: self, help: help)
    }

    private func token(at offset: Int) -> Range<Int> {
        migration.source.withSpan { bytes in
            var lexer = Lexer(
                dialect: script.dialect, from: offset, to: statement.range.upperBound)
            return lexer.nextSignificant(in: bytes)?.range ?? offset..<offset + 1
        }
    }
}

/// What is the same for all statements of one look.
struct Surroundings: Sendable {
    /// The migrations of the plan, whose tables are known to be empty.
    var plan: Set<MigrationID>
    var statistics: DatabaseStatistics?

    /// Whether nobody else uses yet what was made there: by the section that asks, or by a migration of
    /// the same plan.
    func isNew(
        _ birth: KnownSchema.Birth, in direction: Direction, of migration: MigrationID
    ) -> Bool {
        if birth.migration == migration, birth.direction == direction { return true }
        return direction == .up && birth.direction == .up && plan.contains(birth.migration)
    }

    /// The server's major version; where no server was asked, the grammar's.
    var assumedVersion: Int {
        statistics?.serverVersion ?? Int(PostgresGrammar.version) ?? 15
    }
}
