/// The text of a CREATE TABLE, taken apart into what `PRAGMA table_xinfo` does not tell: a column's
/// further clauses, the table's constraints and its options.
struct TableText {
    struct Constraint {
        /// As written, where it has a name.
        var name: String?
        var text: String
    }

    /// For each column, in order: collation, checks, references and the like.
    let columnClauses: [String]
    let constraints: [Constraint]
    /// `STRICT`, `WITHOUT ROWID`.
    let options: String

    /// `nil` where the text does not begin with these columns' names, in this order.
    init?(_ text: NormalisedSQL, columns: [String]) {
        guard let open = text.words.firstIndex(where: { $0.text == "(" && !$0.isQuoted }),
            let close = text.words[open...].firstIndex(where: { $0.text == ")" && $0.depth == 0 })
        else { return nil }
        var clauses: [String] = []
        var constraints: [Constraint] = []
        for item in text.words[open + 1..<close].split(whereSeparator: {
            $0.text == "," && $0.depth == 1
        }) {
            guard let first = item.first else { return nil }
            if Self.constraintWords.contains(where: first.is) {
                constraints.append(Self.constraint(item))
            } else {
                guard clauses.count < columns.count,
                    first.name?.lowercased() == columns[clauses.count].lowercased()
                else { return nil }
                clauses.append(Self.clauses(item.dropFirst()))
            }
        }
        guard clauses.count == columns.count else { return nil }
        columnClauses = clauses
        self.constraints = constraints
        options = NormalisedSQL.text(text.words[(close + 1)...]).uppercased()
    }

    private static let constraintWords = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]

    private static func constraint(_ words: ArraySlice<NormalisedSQL.Word>) -> Constraint {
        guard words.first?.is("CONSTRAINT") == true, words.count > 2 else {
            return Constraint(name: nil, text: NormalisedSQL.text(words))
        }
        return Constraint(
            name: words[words.startIndex + 1].text, text: NormalisedSQL.text(words.dropFirst(2)))
    }

    /// The clauses behind a column's type, without those that the pragma tells whole.
    private static func clauses(_ words: ArraySlice<NormalisedSQL.Word>) -> String {
        var clauses: [ArraySlice<NormalisedSQL.Word>] = []
        var start: Int?
        for index in words.indices where begins(at: index, in: words) {
            // The name of a constraint belongs to the clause behind it.
            if let start, words[start].is("CONSTRAINT"), index == start + 2 { continue }
            if let start { clauses.append(words[start..<index]) }
            start = index
        }
        if let start { clauses.append(words[start...]) }
        return clauses.filter { !isTold($0) }.map(NormalisedSQL.text).joined(separator: " ")
    }

    private static func begins(at index: Int, in words: ArraySlice<NormalisedSQL.Word>) -> Bool {
        let word = words[index]
        guard word.depth == 1, !word.isQuoted else { return false }
        func previous(_ keyword: String) -> Bool {
            index > words.startIndex && words[index - 1].is(keyword)
        }
        func next(_ keyword: String) -> Bool {
            index + 1 < words.endIndex && words[index + 1].is(keyword)
        }
        return switch word.text.uppercased() {
        case "CONSTRAINT", "UNIQUE", "CHECK", "COLLATE", "REFERENCES", "GENERATED": true
        case "PRIMARY": next("KEY")
        case "AS": !previous("ALWAYS")
        case "NOT": next("NULL")
        // ON DELETE SET NULL and SET DEFAULT are parts of a reference, DEFAULT NULL of a default.
        case "NULL": !previous("NOT") && !previous("SET") && !previous("DEFAULT")
        case "DEFAULT": !previous("SET")
        default: false
        }
    }

    private static func isTold(_ clause: ArraySlice<NormalisedSQL.Word>) -> Bool {
        let words = clause.map { $0.isQuoted ? "" : $0.text.uppercased() }
        return words.first == "DEFAULT" || words == ["NULL"] || words == ["NOT", "NULL"]
            || words == ["PRIMARY", "KEY"] || words == ["PRIMARY", "KEY", "ASC"]
    }
}
