import ApusCore

/// What a statement of PostgreSQL does to the schema.
extension KnownSchema {
    mutating func take(_ node: SyntaxNode, _ birth: Birth) {
        switch node.kind {
        case "CreateStmt": create(node, birth)
        case "CreateTableAsStmt": create(from: node["into"], node, birth)
        // SELECT … INTO makes a table as well.
        case "SelectStmt": create(from: node["intoClause"], node, birth)
        case "RefreshMatViewStmt":
            if let name = node["relation"]?.relationName {
                tables[name]?.isFilled = !node.flag("skipData")
            }
        case "ViewStmt":
            guard let name = node["view"]?.relationName else { return }
            views[name] = View(birth: birth, reads: QueryRelations(node).relations.map(\.name))
        case "CreateDomainStmt":
            guard let name = ObjectName(parts: node.names("domainname")) else { return }
            domains[name] = Domain(
                hasConstraints: node.list("constraints").contains {
                    $0.has("contype", "CONSTR_CHECK") || $0.has("contype", "CONSTR_NOTNULL")
                })
        case "AlterDomainStmt":
            guard let name = ObjectName(parts: node.names("typeName")) else { return }
            if ["O", "C"].contains(node.text("subtype")) { domains[name]?.hasConstraints = true }
        case "CreateTrigStmt":
            guard let table = node["relation"]?.relationName, let name = node.text("trigname")
            else { return }
            tables[table]?.triggers.insert(name)
        case "AlterTableStmt": alter(node, birth)
        case "RenameStmt": rename(node)
        case "AlterObjectSchemaStmt": move(node)
        case "IndexStmt":
            guard let table = node["relation"]?.relationName else { return }
            // The server chooses a name where none is written; its own are never dropped by name here.
            let name = node.text("idxname") ?? "\(table.name) \(indexes.count)"
            let parts = node.list("indexParams").map { $0.text("name") }
            var index = Index(
                birth: birth, table: table, isUnique: node.flag("unique"),
                columns: Array(parts.prefix { $0 != nil }.compactMap(\.self)))
            index.isPlain = parts.allSatisfy { $0 != nil } && node["whereClause"] == nil
            index.isNamedByServer = node.text("idxname") == nil
            indexes[ObjectName(schema: table.schema, name)] = index
        case "DropStmt": drop(node)
        case "CreateEnumStmt":
            guard let name = ObjectName(parts: node.names("typeName")) else { return }
            enums[name] = Enum(birth: birth)
        case "AlterEnumStmt":
            guard let name = ObjectName(parts: node.names("typeName")),
                let value = node.text("newVal"), node.text("oldVal") == nil
            else { return }
            // A value that is added again was there before.
            if enums[name]?.added[value] == nil {
                enums[name, default: Enum(birth: nil)].added[value] = birth
            }
        default: break
        }
    }

    private mutating func create(
        from into: SyntaxNode?, _ node: SyntaxNode, _ birth: Birth
    ) {
        // A materialised view is a table as far as locks and age are concerned.
        guard let name = into?["rel"]?.relationName else { return }
        if node.flag("if_not_exists"), tables[name] != nil { return }
        var table = Table(birth: birth)
        table.isFilled = into?.flag("skipData") != true
        if node.has("objtype", "OBJECT_MATVIEW"), let query = node["query"] {
            table.reads = QueryRelations(query).relations.map(\.name)
            table.callsUnknownFunction = query.callsUnknownFunction
        }
        tables[name] = table
    }

    private mutating func create(_ node: SyntaxNode, _ birth: Birth) {
        guard let name = node["relation"]?.relationName else { return }
        // What is there already stays as it is, and in use.
        if node.flag("if_not_exists"), tables[name] != nil { return }
        var table = Table(birth: birth)
        table.isPartitioned = node["partspec"] != nil
        table.parents = node.list("inhRelations").compactMap(\.relationName)
        table.isDefaultPartition = node["partbound"]?.flag("is_default") == true
        // PARTITION OF and INHERITS bring the columns of others.
        for parent in table.parents {
            if let parent = tables[parent] { table.inherit(parent, birth) }
        }
        for element in node.list("tableElts") {
            if element.is("TableLikeClause") {
                like(element, &table, name, birth)
            } else if element.is("ColumnDef") {
                table.add(element, birth)
            } else if element.is("Constraint"), let constraint = Constraint(element, birth) {
                table.add(constraint)
            }
        }
        tables[name] = table
    }

    private mutating func alter(_ node: SyntaxNode, _ birth: Birth) {
        guard node.has("objtype", "OBJECT_TABLE"), let name = node["relation"]?.relationName,
            var table = tables[name]
        else { return }
        for command in node.list("cmds") {
            table.alter(command, name, birth)
            switch command.text("subtype") {
            case "AT_AddConstraint":
                if let made = command["def"]?.text("indexname") { take(index: made, &table, name) }
            case "AT_DropColumn":
                // Its indexes go with it.
                let column = command.text("name") ?? ""
                indexes.removeAll { $1.table == name && $1.columns.contains(column) }
            default: break
            }
        }
        tables[name] = table
        for command in node.list("cmds") { changeFamily(of: name, command) }
    }

    /// Partitions and inheritance.
    private mutating func changeFamily(of name: ObjectName, _ command: SyntaxNode) {
        let definition = command["def"]
        switch command.text("subtype") {
        case "AT_AttachPartition":
            guard let child = definition?["name"]?.relationName else { return }
            tables[child]?.parents.append(name)
            tables[child]?.isDefaultPartition = definition?["bound"]?.flag("is_default") == true
        case "AT_DetachPartition":
            guard let child = definition?["name"]?.relationName else { return }
            tables[child]?.parents.removeAll { $0 == name }
            tables[child]?.isDefaultPartition = false
        case "AT_AddInherit":
            if let parent = definition?.relationName { tables[name]?.parents.append(parent) }
        case "AT_DropInherit":
            tables[name]?.parents.removeAll { $0 == definition?.relationName }
        default: break
        }
    }

    /// `ADD CONSTRAINT … USING INDEX`: the constraint has the index's columns, the index its name.
    private mutating func take(index: String, _ table: inout Table, _ name: ObjectName) {
        let old = ObjectName(schema: name.schema, index)
        guard let known = indexes[old], let last = table.constraints.indices.last else { return }
        table.constraints[last].columns = known.columns
        if table.constraints[last].kind == .primaryKey {
            for column in known.columns { table.columns[column]?.isNotNull = true }
        }
        guard let constraint = table.constraints[last].name else { return }
        indexes[old] = nil
        indexes[ObjectName(schema: name.schema, constraint)] = known
    }

    /// `LIKE`: columns with their types and `NOT NULL`, and what `INCLUDING` asks for.
    private mutating func like(
        _ clause: SyntaxNode, _ table: inout Table, _ name: ObjectName, _ birth: Birth
    ) {
        guard let original = clause["relation"]?.relationName, let known = tables[original] else {
            return
        }
        // Those of `TableLikeOption` in parsenodes.h.
        let (constraints, indexesToo) = (1 << 2, 1 << 6)
        let options = clause.number("options")
        table.inherit(known, birth, kinds: options & constraints != 0 ? [.check] : [])
        guard options & indexesToo != 0 else { return }
        for var constraint in known.constraints
        where [.primaryKey, .unique, .exclusion].contains(constraint.kind) {
            (constraint.birth, constraint.name) = (birth, nil)
            table.constraints.append(constraint)
        }
        for index in indexes.values.filter({ $0.table == original }) {
            var copy = index
            (copy.birth, copy.table, copy.isNamedByServer) = (birth, name, true)
            indexes[ObjectName(schema: name.schema, "\(name.name) \(indexes.count)")] = copy
        }
    }

    private mutating func drop(_ node: SyntaxNode) {
        if node.has("removeType", "OBJECT_SCHEMA") {
            let schemas = Set(node.list("objects").compactMap { $0.text("sval") })
            let isDropped = { (name: ObjectName) in schemas.contains(name.schema ?? "public") }
            tables.removeAll { name, _ in isDropped(name) }
            indexes.removeAll { isDropped($1.table) }
            enums.removeAll { name, _ in isDropped(name) }
        }
        for name in node.droppedNames {
            if node.has("removeType", "OBJECT_TABLE") || node.has("removeType", "OBJECT_MATVIEW") {
                tables[name] = nil
                removeIndexes(of: name)
                forget(readersOf: name, node)
            } else if node.has("removeType", "OBJECT_VIEW") {
                views[name] = nil
                forget(readersOf: name, node)
            } else if node.has("removeType", "OBJECT_DOMAIN") {
                domains[name] = nil
            } else if node.has("removeType", "OBJECT_INDEX") {
                indexes[name] = nil
            } else if node.has("removeType", "OBJECT_TYPE") {
                enums[name] = nil
            }
        }
    }
}

extension KnownSchema {
    /// What `CASCADE` takes along: views, partitions, and the foreign keys that other tables have.
    fileprivate mutating func forget(readersOf name: ObjectName, _ node: SyntaxNode) {
        let cascades = node.has("behavior", "DROP_CASCADE")
        for child in Array(tables.keys) where tables[child]?.parents.contains(name) == true {
            tables[child] = nil
            removeIndexes(of: child)
        }
        guard cascades else { return }
        for reader in readers(of: name) {
            views[reader] = nil
            if tables[reader]?.reads != nil { tables[reader] = nil }
            forget(readersOf: reader, node)
        }
        for (other, _) in foreignKeys(to: name) {
            tables[other]?.constraints.removeAll { $0.referenced == name }
        }
    }
}

extension [ObjectName] {
    mutating func replace(_ old: ObjectName, with new: ObjectName) {
        for index in indices where self[index] == old { self[index] = new }
    }
}
