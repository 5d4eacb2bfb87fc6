import ApusCore

/// DROP, RENAME and SET SCHEMA.
extension LockPrediction {
    mutating func takeDrop(_ node: SyntaxNode) {
        let cascades = node.has("behavior", "DROP_CASCADE")
        let names = node.droppedNames
        switch node.text("removeType") {
        case "OBJECT_TABLE", "OBJECT_MATVIEW", "OBJECT_VIEW", "OBJECT_FOREIGN_TABLE":
            for name in names { dropRelation(name, cascades: cascades) }
        case "OBJECT_INDEX":
            for name in names {
                guard let table = schema.table(ofIndex: name) else { return doubt() }
                lock(table, node.flag("concurrent") ? .shareUpdateExclusive : .accessExclusive)
                guard schema.tables[table]?.isPartitioned == true else { continue }
                for child in schema.descendants(of: table) { lock(child, .accessExclusive) }
            }
        case "OBJECT_TRIGGER", "OBJECT_RULE", "OBJECT_POLICY":
            for parts in node.list("objects").map({ $0.names("items") }) {
                guard let table = ObjectName(parts: parts.dropLast()) else { return doubt() }
                lock(table, .accessExclusive)
                for child in schema.descendants(of: table)
                where schema.tables[table]?.isPartitioned == true {
                    lock(child, .accessExclusive)
                }
            }
        case "OBJECT_TYPE", "OBJECT_DOMAIN":
            guard cascades else { return }
            for name in names {
                for table in schema.tables(withColumnsOf: name) { lock(table, .accessExclusive) }
            }
            if !schema.views.isEmpty { doubt() }
        case "OBJECT_SCHEMA":
            guard cascades else { return }
            for name in names {
                let inside = Array(schema.tables.keys) + Array(schema.views.keys)
                for relation in inside.filter({ $0.schema == name.name }).sorted() {
                    dropRelation(relation, cascades: true)
                }
            }
        case "OBJECT_PUBLICATION", "OBJECT_EXTENSION": doubt()
        default: if cascades { doubt() }
        }
    }

    private mutating func dropRelation(_ name: ObjectName, cascades: Bool) {
        let isLocked = locks.contains {
            $0.schema == name.schema && $0.name == name.name && $0.mode == .accessExclusive
        }
        lock(name, .accessExclusive)
        guard !isLocked else { return }
        let table = schema.tables[name]
        // Dropping one end of a foreign key changes the other.
        for key in table?.constraints ?? [] where key.kind == .foreignKey {
            lock(key.referenced, .accessExclusive)
        }
        for parent in table?.parents ?? [] where schema.tables[parent]?.isPartitioned == true {
            lock(parent, .accessExclusive)
            if let other = schema.defaultPartition(of: parent) { lock(other, .accessExclusive) }
        }
        if cascades || table?.isPartitioned == true {
            for child in schema.children(of: name) { dropRelation(child, cascades: cascades) }
        }
        guard cascades else { return }
        for (other, _) in schema.foreignKeys(to: name) { lock(other, .accessExclusive) }
        for reader in schema.readers(of: name) { dropRelation(reader, cascades: true) }
    }

    mutating func takeRenaming(_ node: SyntaxNode) {
        let relation = node["relation"]
        switch node.text("renameType") {
        case "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE",
            "OBJECT_POLICY", "OBJECT_RULE":
            lock(relation?.relationName, .accessExclusive)
        case "OBJECT_COLUMN", "OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER":
            lockTree(relation, .accessExclusive)
        case "OBJECT_ATTRIBUTE": if node.has("behavior", "DROP_CASCADE") { doubt() }
        default: break
        }
    }

    mutating func takeMove(_ node: SyntaxNode) {
        switch node.text("objectType") {
        case "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE":
            lock(node["relation"]?.relationName, .accessExclusive)
        case "OBJECT_EXTENSION": doubt()
        default: break
        }
    }
}
