import ApusCore

/// What the grammar makes of a migration's statements, ahead of their reading.
struct ParsedMigration: Sendable {
    let up: ParsedScript
    let down: ParsedScript?

    /// - Parameter isJudged: What an unjudged migration would undo is nobody's concern.
    init(_ migration: Migration, isJudged: Bool) {
        up = ParsedScript(migration.up, in: migration.source)
        down = isJudged ? migration.down.map { ParsedScript($0, in: migration.source) } : nil
    }
}

/// The trees of a script's statements: none for SQLite, for which there is no grammar, and none in a
/// file so large that they should not all be there at once.
struct ParsedScript: Sendable {
    let script: Script
    private let source: MigrationSource
    private let outcomes: [PostgresGrammar.Outcome]?

    private static let largest = 64 << 10

    init(_ script: Script, in source: MigrationSource) {
        self.script = script
        self.source = source
        guard script.dialect == .postgres, source.count <= Self.largest else {
            outcomes = nil
            return
        }
        var outcomes: [PostgresGrammar.Outcome] = []
        script.forEachStatement(in: source) { _, statement in
            outcomes.append(PostgresGrammar.parse(statement, of: script, in: source))
        }
        self.outcomes = outcomes
    }

    subscript(_ index: Int, _ statement: Statement) -> PostgresGrammar.Outcome {
        outcomes?[index] ?? PostgresGrammar.parse(statement, of: script, in: source)
    }

    /// Whether a statement need not be parsed to know that it defines nothing: in a large file, most bring rows.
    func bringsOnlyRows(_ statement: Statement) -> Bool {
        guard outcomes == nil else { return false }
        return switch source.firstWord(of: statement, .postgres) {
        case "INSERT", "UPDATE", "DELETE", "MERGE", "COPY": true
        default: false
        }
    }
}

extension KnownSchema {
    /// Takes over what the up section does.
    mutating func take(_ migration: Migration, _ parsed: ParsedMigration) {
        // What all migrations wrote would grow, and be copied for each of them.
        forgetWritten()
        let up = parsed.up
        up.script.forEachStatement(in: migration.source) { index, statement in
            let birth = Birth(migration: migration.id, direction: .up, statement: index)
            guard up.script.dialect == .postgres else {
                return take(SQLiteDefinition(statement, in: migration.source), birth)
            }
            guard !up.bringsOnlyRows(statement),
                case .tree(let tree) = up[index, statement], let node = tree.statement
            else { return }
            take(node, birth)
        }
    }
}
