/// What a step destroys that running it the other way cannot bring back.
public enum DataLoss {
    /// The statements that drop or empty something holding rows, as their first words, in order.
    public static func losses(of step: Step) -> [String] {
        guard step.action == .run else { return [] }
        var found: [String] = []
        step.script.forEachStatement(in: step.source) { index, statement in
            guard index >= step.firstStatement, found.count < 20 else { return }
            let words = step.source.withSpan {
                StatementClassifier.leadingWords(
                    of: statement.range, in: $0, dialect: step.script.dialect, limit: 48)
            }
            if let loss = loss(words) { found.append(loss) }
        }
        return found
    }

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
