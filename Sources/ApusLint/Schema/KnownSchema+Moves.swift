/// What gets another name or another schema, and what follows it there.
extension KnownSchema {
    /// `ALTER … RENAME`.
    mutating func rename(_ node: SyntaxNode) {
        guard let new = node.text("newname") else { return }
        if node.has("renameType", "OBJECT_TYPE"), let old = node["object"]?.droppedName {
            moveType(old, to: ObjectName(schema: old.schema, new))
        }
        if node.has("renameType", "OBJECT_SCHEMA"), let old = node.text("subname") {
            let tables = tables.keys.filter { $0.schema == old }
            for table in tables { moveTable(table, toSchema: new) }
            for view in views.keys.filter({ $0.schema == old }) {
                moveView(view, to: ObjectName(schema: new, view.name))
            }
            for type in enums.keys.filter({ $0.schema == old }) {
                moveType(type, to: ObjectName(schema: new, type.name))
            }
        }
        guard let old = node["relation"]?.relationName else { return }
        let name = ObjectName(schema: old.schema, new)
        switch node.text("renameType") {
        case "OBJECT_VIEW": moveView(old, to: name)
        // ALTER TABLE and ALTER INDEX take either.
        case "OBJECT_TABLE", "OBJECT_MATVIEW", "OBJECT_INDEX":
            if let index = indexes.removeValue(forKey: old) {
                indexes[name] = index
            } else {
                moveTable(old, to: name)
            }
        case "OBJECT_COLUMN":
            guard let column = node.text("subname") else { return }
            tables[old]?.renameColumn(column, to: new)
            for (key, index) in indexes where index.table == old {
                indexes[key]?.columns = index.columns.map { $0 == column ? new : $0 }
            }
        case "OBJECT_TABCONSTRAINT":
            guard let constraint = node.text("subname") else { return }
            tables[old]?.renameConstraint(constraint, to: new, of: old)
        default: break
        }
    }

    /// `SET SCHEMA`.
    mutating func move(_ node: SyntaxNode) {
        guard let schema = node.text("newschema") else { return }
        if node.has("objectType", "OBJECT_TYPE"), let old = node["object"]?.droppedName {
            moveType(old, to: ObjectName(schema: schema, old.name))
        }
        guard let old = node["relation"]?.relationName else { return }
        switch node.text("objectType") {
        case "OBJECT_TABLE", "OBJECT_MATVIEW": moveTable(old, toSchema: schema)
        case "OBJECT_VIEW": moveView(old, to: ObjectName(schema: schema, old.name))
        default: break
        }
    }

    private mutating func moveTable(_ old: ObjectName, toSchema schema: String) {
        let new = ObjectName(schema: schema, old.name)
        moveTable(old, to: new)
        // Indexes live where their table lives.
        for (name, index) in indexes where index.table == new {
            indexes[name] = nil
            indexes[ObjectName(schema: schema, name.name)] = index
        }
    }

    private mutating func moveTable(_ old: ObjectName, to new: ObjectName) {
        tables[new] = tables.removeValue(forKey: old)
        for (name, index) in indexes where index.table == old { indexes[name]?.table = new }
        for name in tables.keys { tables[name]?.follow(old, to: new) }
        for name in views.keys { views[name]?.reads.replace(old, with: new) }
    }

    private mutating func moveView(_ old: ObjectName, to new: ObjectName) {
        guard let view = views.removeValue(forKey: old) else { return }
        views[new] = view
        for name in tables.keys { tables[name]?.reads?.replace(old, with: new) }
        for name in views.keys { views[name]?.reads.replace(old, with: new) }
    }

    private mutating func moveType(_ old: ObjectName, to new: ObjectName) {
        enums[new] = enums.removeValue(forKey: old)
        for name in tables.keys { tables[name]?.followType(old, to: new) }
    }
}
