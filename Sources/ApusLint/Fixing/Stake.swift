import ApusCore

/// What a statement is about that runs later than it was written: the statements that then run before it
/// must leave that as it is.
struct Stake: Sendable {
    var table: ObjectName
    /// The names of the indexes and constraints that are made or dropped.
    var names: Set<String>
    /// Whether other statements may rely on it: a unique index, to which foreign keys may refer.
    var isReliedUpon = false
    /// Whether it refuses rows that may be written once it is gone.
    var restrictsRows = false
    /// The bytes that name all its columns: others may be dropped or get another type before it. `nil`
    /// where no text names them.
    var columns: Range<Int>?

    /// Why a statement cannot run before it; `nil` where it can.
    func hindrance(_ statement: MigrationSubject.SectionStatement, in source: MigrationSource)
        -> String?
    {
        guard let tree = statement.tree else { return "cannot be read" }
        if tree.is("DoStmt") || tree.is("CallStmt") { return "may do anything" }
        if let name = source.mentioned(names, in: statement.statement.range) {
            return "names \(name)"
        }
        guard source.mentioned([table.name], in: statement.statement.range) != nil else {
            return nil
        }
        return commutes(tree, in: source) ? nil : "is about \(table) as well"
    }

    private func commutes(_ tree: SyntaxNode, in source: MigrationSource) -> Bool {
        switch tree.kind {
        case "UpdateStmt", "DeleteStmt", "CopyStmt": return !restrictsRows
        case "SelectStmt", "IndexStmt", "CommentStmt",
            "GrantStmt", "CreateTrigStmt", "ViewStmt", "CreateFunctionStmt", "VacuumStmt",
            "CreateStatsStmt", "CreatePolicyStmt":
            return true
        // ON CONFLICT looks for a unique index.
        case "InsertStmt":
            return !restrictsRows && !(isReliedUpon && tree["onConflictClause"] != nil)
        case "CreateStmt": return !isReliedUpon
        case "AlterTableStmt":
            return tree.list("cmds").allSatisfy { command in
                switch command.text("subtype") {
                case "AT_AddColumn", "AT_AddConstraint":
                    return command.all("Constraint").allSatisfy {
                        !$0.has("contype", "CONSTR_PRIMARY")
                            && !(isReliedUpon && $0.has("contype", "CONSTR_FOREIGN"))
                    }
                case "AT_DropColumn", "AT_AlterColumnType":
                    guard let columns, let name = command.text("name") else { return false }
                    return source.mentioned([name], in: columns) == nil
                case "AT_ColumnDefault", "AT_SetNotNull", "AT_SetStatistics", "AT_SetStorage",
                    "AT_ValidateConstraint", "AT_DropConstraint", "AT_SetRelOptions",
                    "AT_EnableRowSecurity", "AT_ForceRowSecurity", "AT_ChangeOwner":
                    return true
                default: return false
                }
            }
        default: return false
        }
    }
}

extension MigrationSource {
    /// The first of the names that stands in a statement, as an identifier or anywhere in a string: a
    /// function's body is one.
    func mentioned(_ names: Set<String>, in range: Range<Int>) -> String? {
        for token in tokens(in: range) {
            switch token.kind {
            case .word:
                let word = text(token.range).lowercased()
                if let name = names.first(where: { $0.lowercased() == word }) { return name }
            case .quotedIdentifier, .string:
                let text = text(token.range).lowercased()
                if let name = names.first(where: { text.contains($0.lowercased()) }) {
                    return name
                }
            default: break
            }
        }
        return nil
    }

    /// The tokens of some bytes of PostgreSQL's, without comments.
    func tokens(in range: Range<Int>) -> [Token] {
        withSpan { bytes in
            var lexer = Lexer(dialect: .postgres, from: range.lowerBound, to: range.upperBound)
            var tokens: [Token] = []
            while let token = lexer.nextSignificant(in: bytes) { tokens.append(token) }
            return tokens
        }
    }
}
