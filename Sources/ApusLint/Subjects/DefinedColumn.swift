/// A column that a statement defines: in `CREATE TABLE` or by `ADD COLUMN`.
struct DefinedColumn {
    var table: ObjectName
    var name: String
    var definition: SyntaxNode
    var type: ColumnType?
    /// Its own constraints.
    var constraints: [SyntaxNode] { definition.list("constraints") }
    /// Where its type stands.
    var typeName: SyntaxNode? { definition["typeName"] }
}

extension StatementSubject {
    /// The columns that the statement defines, in their order.
    var definedColumns: [DefinedColumn] {
        if let alter = alterTable {
            return alter.actions.compactMap { action in
                action.kind == "AT_AddColumn"
                    ? action.definition.flatMap { column($0, of: alter.table) } : nil
            }
        }
        guard let tree, tree.is("CreateStmt"), let table = tree["relation"]?.relationName else {
            return []
        }
        return tree.list("tableElts").compactMap { element in
            element.is("ColumnDef") ? column(element, of: table) : nil
        }
    }

    private func column(_ node: SyntaxNode, of table: ObjectName) -> DefinedColumn? {
        node.text("colname").map {
            DefinedColumn(
                table: table, name: $0, definition: node,
                type: node["typeName"].flatMap(ColumnType.init))
        }
    }
}
