import ApusCore

extension Rule {
    static let irreversibleMigration = Rule(
        "irreversible-migration", .postgres, .sqlite, level: .warning,
        summary: "A migration has no way back",
        page: Page(
            why: """
                When the release behind a migration fails, the way back is the down section. Where there is none, it is a restore: \
                everything that was written since the backup is lost, and nobody can use the database meanwhile.

                A migration without a down section is refused, unless `-- apus: irreversible REASON` says why there is \
                none. That is a notice, so that whoever reviews it reads the reason. A down section of `SELECT`s that \
                call nothing passes for a way back and is none, where the up section changes something: that is a warning.
                """,
            instead: """
                Write what undoes it, and try it: `apus test` goes up, down and up again. What would lose data can often be put aside \
                instead: rename what is no longer needed, and drop it releases later.
                """,
            references: []),
        examples: [
            .bad(
                "with a reason, which is a notice",
                irreversible: "its rows cannot be told apart again",
                up: "CREATE TABLE guests (id bigint);"),
            .bad(
                "a down section that does nothing", up: "CREATE TABLE guests (id bigint);",
                down: "SELECT 1;"),
            .bad(
                "a down section that does nothing", on: .sqlite,
                up: "CREATE TABLE guests (id integer);", down: "SELECT 1;"),
            .good(
                "undone by a program of the database's",
                earlier: """
                    CREATE FUNCTION undo_guests() RETURNS void LANGUAGE sql AS 'SELECT';
                    """,
                "CREATE TABLE guests (id bigint);", down: "SELECT undo_guests();"),
            .good(
                "nothing to undo", on: .sqlite, "SELECT 1;", down: "SELECT 1;"),
        ],
        check: .migration { subject in
            let help = ["write a down section that undoes it, and try it: apus test"]
            if let reason = subject.migration.irreversibleReason {
                let range = subject.migration.directives.first {
                    if case .irreversible = $0.directive { return true }
                    return false
                }?.range
                guard let range else { return [] }
                return [
                    Violation(
                        "it cannot be undone: \(reason)", range: range, direction: .down,
                        statement: range.lowerBound, help: help
                    ).asNotice
                ]
            }
            guard let first = subject.down.first,
                subject.down.allSatisfy(subject.leavesNothingToUndo),
                !subject.up.allSatisfy(subject.leavesNothingToUndo)
            else { return [] }
            return [
                subject.violation(
                    "the down section only reads, and undoes nothing", .down, first, help: help)
            ]
        })
}

extension MigrationSubject {
    /// Whether a statement changes nothing that a way back would have to change: it reads and calls
    /// nothing, or it only builds something anew.
    func leavesNothingToUndo(_ statement: SectionStatement) -> Bool {
        let kinds = [
            "ReindexStmt", "RefreshMatViewStmt", "VacuumStmt", "ClusterStmt", "CheckPointStmt",
            "VariableSetStmt", "VariableShowStmt",
        ]
        if let tree = statement.tree, kinds.contains(tree.kind) { return true }
        guard firstWord(of: statement) == "SELECT" else { return false }
        let words = text(statement).uppercased()
        return !words.contains("(") && !words.contains("INTO")
    }
}
