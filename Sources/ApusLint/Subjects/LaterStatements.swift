import ApusCore

/// What follows a statement in its section, for the rules that it may appease. It is cut and parsed again
/// when somebody asks, which is seldom.
extension StatementSubject {
    /// Whether a later statement of PostgreSQL passes the test.
    func isFollowed(by test: (SyntaxNode) -> Bool) -> Bool {
        guard script.dialect == .postgres else { return false }
        return hasLater { statement in
            guard
                case .tree(let tree) = PostgresGrammar.parse(
                    migration.source.bytes(statement.range))
            else { return false }
            return tree.statement.map(test) ?? false
        }
    }

    private func hasLater(_ test: (Statement) -> Bool) -> Bool {
        var isFound = false
        script.forEachStatement(in: migration.source) { index, statement in
            if !isFound, index > self.index { isFound = test(statement) }
        }
        return isFound
    }
}
