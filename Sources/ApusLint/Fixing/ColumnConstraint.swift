import ApusCore

/// A constraint that is written behind a new column's type.
struct ColumnConstraint {
    var action: AlterTable.Action
    var column: String
    var definition: SyntaxNode
    /// From its first word, `CONSTRAINT` where it has a name, to the end of its own attributes.
    var range: Range<Int>
    /// The same with the space before it.
    var extent: Range<Int>

    /// `nil` where the column has none that begins there.
    init?(
        at start: Int, of column: SyntaxNode, in action: AlterTable.Action,
        _ subject: StatementSubject
    ) {
        func place(_ node: SyntaxNode) -> Int? {
            node.location.map { subject.statement.range.lowerBound + $0 }
        }
        let constraints = column.list("constraints")
        guard let name = column.text("colname"),
            let definition = constraints.first(where: { place($0) == start })
        else { return nil }
        // DEFERRABLE and its like are nodes of their own, and belong to the constraint before them.
        let others = constraints.filter { $0.text("contype")?.hasPrefix("CONSTR_ATTR_") != true }
        let next = (others + [column["collClause"]].compactMap(\.self)).compactMap(place)
            .filter { $0 > start }.min()
        let source = subject.migration.source
        let tokens = source.tokens(in: action.range)
        guard
            let last = tokens.last(where: { $0.range.upperBound <= next ?? action.range.upperBound }
            ),
            let before = tokens.last(where: { $0.range.upperBound <= start })
        else { return nil }
        self.action = action
        self.column = name
        self.definition = definition
        range = start..<last.range.upperBound
        let isOnlySpace = source.bytes(before.range.upperBound..<start).allSatisfy {
            $0 == 0x20 || (0x09...0x0D).contains($0)
        }
        extent = (isOnlySpace ? before.range.upperBound : start)..<last.range.upperBound
    }

    /// What follows its name as a constraint of the table: `CHECK (…)`, `FOREIGN KEY (…) REFERENCES …`.
    func tableConstraint(in source: MigrationSource) -> String {
        let tokens = source.tokens(in: range)
        // CONSTRAINT NAME
        let isNamed = definition.text("conname") != nil && tokens.count > 2
        let text = source.text(
            (isNamed ? tokens[2].range.lowerBound : range.lowerBound)..<range.upperBound)
        guard definition.has("contype", "CONSTR_FOREIGN") else { return text }
        return "FOREIGN KEY (\(SQLName.quoted(column))) \(text)"
    }
}
