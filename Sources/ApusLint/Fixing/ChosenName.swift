/// The names that PostgreSQL gives to constraints and indexes without one (`makeObjectName` and its
/// callers in the server's source), as far as the known schema tells that they are free.
struct ChosenName {
    let table: ObjectName
    let schema: KnownSchema

    /// Of a `FOREIGN KEY`, `UNIQUE`, `PRIMARY KEY` or `CHECK` of the table, or of one of its columns.
    func constraint(
        _ node: SyntaxNode, of column: String? = nil
    ) throws(FixRefusal) -> String {
        if let name = node.text("conname") { return name }
        switch node.text("contype") {
        case "CONSTR_FOREIGN":
            return try free(column.map { [$0] } ?? node.names("fk_attrs"), "fkey")
        case "CONSTR_UNIQUE": return try free(node.names("keys"), "key")
        case "CONSTR_PRIMARY": return try free([], "pkey")
        default:
            // A check of one column is named for it, one of several for the table alone.
            let columns = Set(
                (node["raw_expr"]?.all("ColumnRef") ?? []).compactMap { $0.names("fields").last })
            return try free(columns.count == 1 ? Array(columns) : [], "check")
        }
    }

    /// Of an index over plain columns.
    func index(_ node: SyntaxNode) throws(FixRefusal) -> String {
        if let name = node.text("idxname") { return name }
        let columns = node.list("indexParams").map { $0.text("name") }
        guard columns.allSatisfy({ $0 != nil }) else {
            throw FixRefusal("it has no name, which its down section needs: give it one")
        }
        let included = node.list("indexIncludingParams").compactMap { $0.text("name") }
        return try free(columns.compactMap(\.self) + included, "idx")
    }

    private func free(_ columns: [String], _ ending: String) throws(FixRefusal) -> String {
        let name = ([table.name] + columns + [ending]).joined(separator: "_")
        let isKnown =
            schema.tables.keys.contains { $0.name == name }
            || schema.indexes.keys.contains { $0.name == name }
            || schema.tables.values.contains { $0.constraints.contains { $0.name == name } }
        // One that the server named may have taken it.
        let others = (schema.tables[table]?.constraints ?? []).filter { $0.name == nil }
        let isDoubtful =
            others.contains { Set($0.columns) == Set(columns) || $0.kind == .check }
            || schema.indexes.values.contains {
                $0.isNamedByServer && $0.table == table && $0.columns == columns
            }
        guard name.utf8.count <= SQLName.longest, !isKnown, !isDoubtful else {
            throw FixRefusal("it has no name, and which one the server chooses is not certain")
        }
        return name
    }
}
