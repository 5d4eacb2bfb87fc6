/// What a step destroys that running it the other way cannot bring back.
public enum DataLoss {
    /// The statements that drop or empty something holding rows, as their first words, in order.
    public static func losses(of step: Step) -> [String] {
        guard step.action == .run else { return [] }
        var found: [String] = []
        step.script.forEachStatement(in: step.source) { index, statement in
            // Scripts may bring many rows, and most words are not looked at.
            guard index >= step.firstStatement, found.count < 20,
                let first = step.source.firstWord(of: statement, step.script.dialect),
                destroying.contains(first)
            else { return }
            let words = step.source.leadingWords(of: statement, step.script.dialect, limit: 48)
            if let loss = loss(words) { found.append(loss) }
        }
        return found
    }

    /// What a statement begins with that destroys something.
    private static let destroying: Set = ["DROP", "TRUNCATE", "DELETE", "ALTER"]

    private static func loss(_ words: [String]) -> String? {
        switch words.first {
        case "DROP":
            let objects: Set = [
                "TABLE", "SCHEMA", "SEQUENCE", "FOREIGN", "TYPE", "DOMAIN", "OWNED",
            ]
            return words.dropFirst().first.flatMap { objects.contains($0) ? "DROP \($0)" : nil }
        case "TRUNCATE", "DELETE": return words[0]
        case "ALTER" where words.dropFirst().first == "TABLE":
            return dropsColumn(words) ? "ALTER TABLE … DROP COLUMN" : nil
        default: return nil
        }
    }

    /// `DROP [COLUMN] name`, and not `DROP CONSTRAINT`, `DROP DEFAULT`, `DROP NOT NULL` and so on.
    private static func dropsColumn(_ words: [String]) -> Bool {
        let others: Set = ["CONSTRAINT", "DEFAULT", "NOT", "EXPRESSION", "IDENTITY"]
        return words.indices.contains { index in
            words[index] == "DROP"
                && (index + 1 == words.count || !others.contains(words[index + 1]))
        }
    }
}
