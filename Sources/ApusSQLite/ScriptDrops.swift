import ApusCore
import ApusEngine

/// What a step's script may drop, as its statements begin. Scripts may be large: they are gone through once.
struct ScriptDrops {
    private(set) var hasTable = false
    /// Whether indexes and triggers may go: with a table that is dropped, or where a pragma lets the schema
    /// be written.
    private(set) var mayHaveDependants = false

    init(_ step: Step) {
        guard step.action == .run else { return }
        var statements = StatementCursor(step.script)
        while !hasTable, let statement = statements.next(in: step.source) {
            switch step.source.firstWord(of: statement, .sqlite) {
            case "DROP":
                mayHaveDependants = true
                hasTable =
                    step.source.leadingWords(of: statement, .sqlite, limit: 2).last == "TABLE"
            case "PRAGMA", nil: mayHaveDependants = true
            default: break
            }
        }
    }
}
