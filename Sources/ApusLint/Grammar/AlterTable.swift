import ApusCore

/// An `ALTER TABLE`, with the place of each of its actions: the parser keeps none for most of them.
struct AlterTable: Sendable {
    struct Action: Sendable {
        /// `AT_AddColumn` and so on (`AlterTableType` in `parsenodes.h`).
        var kind: String
        var node: SyntaxNode
        /// The action's bytes in the file.
        var range: Range<Int>

        /// The column or constraint that it names.
        var name: String? { node.text("name") }
        /// What it adds: a `ColumnDef` or a `Constraint`.
        var definition: SyntaxNode? { node["def"] }
    }

    var table: ObjectName
    var actions: [Action]

    /// `nil` for any other statement, also for `ALTER INDEX` and its like.
    init?(_ node: SyntaxNode?, _ statement: Statement, in source: MigrationSource) {
        guard let node, node.is("AlterTableStmt"), node.has("objtype", "OBJECT_TABLE"),
            let relation = node["relation"], let table = relation.relationName
        else { return nil }
        self.table = table
        let start = statement.range.lowerBound + (relation.location ?? 0)
        let ranges = Self.ranges(of: start..<statement.range.upperBound, in: source)
        let commands = node.list("cmds")
        actions = commands.enumerated().map { index, command in
            Action(
                kind: command.text("subtype") ?? "", node: command,
                // Actions and commas always agree; a place that is too wide is still a true one.
                range: ranges.count == commands.count ? ranges[index] : statement.range)
        }
    }

    /// The parts between the commas behind the table's name.
    private static func ranges(of range: Range<Int>, in source: MigrationSource) -> [Range<Int>] {
        source.withSpan { bytes in
            var lexer = Lexer(dialect: .postgres, from: range.lowerBound, to: range.upperBound)
            var found: [Range<Int>] = []
            var current: Range<Int>?
            var depth = 0
            var expectsName = true
            var isBehindName = false
            while let token = lexer.nextSignificant(in: bytes) {
                if !isBehindName {
                    // NAME [. NAME]… [*]
                    if token.kind == .dot {
                        expectsName = true
                        continue
                    }
                    if expectsName {
                        expectsName = false
                        continue
                    }
                    isBehindName = true
                    if token.kind == .symbol { continue }
                }
                switch token.kind {
                case .openParenthesis: depth += 1
                case .closeParenthesis: depth -= 1
                case .symbol where depth == 0 && bytes[token.range.lowerBound] == UInt8(ascii: ","):
                    if let current { found.append(current) }
                    current = nil
                    continue
                default: break
                }
                current = (current?.lowerBound ?? token.range.lowerBound)..<token.range.upperBound
            }
            if let current { found.append(current) }
            return found
        }
    }
}
