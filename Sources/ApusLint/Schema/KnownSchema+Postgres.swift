import ApusCore

/// What a statement of PostgreSQL does to the schema.
extension KnownSchema {
    mutating func take(_ node: SyntaxNode, _ birth: Birth) {
        switch node.kind {
        case "CreateStmt": create(node, birth)
        case "CreateTableAsStmt":
            // A materialised view is a table as far as locks and age are concerned.
            if let name = node["into"]?["rel"]?.relationName {
                tables[name] = Table(birth: birth)
                guard node.has("objtype", "OBJECT_MATVIEW"), let query = node["query"] else {
                    return
                }
                tables[name]?.reads = QueryRelations(query).relations.map(\.name)
                tables[name]?.callsUnknownFunction = query.callsUnknownFunction
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
        case "AlterObjectSchemaStmt":
            guard let name = node["relation"]?.relationName, let schema = node.text("newschema")
            else { return }
            let new = ObjectName(schema: schema, name.name)
            switch node.text("objectType") {
            case "OBJECT_TABLE", "OBJECT_MATVIEW": moveTable(name, to: new)
            case "OBJECT_VIEW": moveView(name, to: new)
            default: break
            }
        case "IndexStmt":
            guard let table = node["relation"]?.relationName else { return }
            // The server chooses a name where none is written; its own are never dropped by name here.
            let name = node.text("idxname") ?? "\(table.name) \(indexes.count)"
            indexes[ObjectName(schema: table.schema, name)] = Index(
                birth: birth, table: table, isUnique: node.flag("unique"),
                columns: Array(
                    node.list("indexParams").map { $0.text("name") }.prefix { $0 != nil }
                        .compactMap(\.self)))
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

    private mutating func create(_ node: SyntaxNode, _ birth: Birth) {
        guard let name = node["relation"]?.relationName else { return }
        // What is there already stays as it is, and in use.
        if node.flag("if_not_exists"), tables[name] != nil { return }
        var table = Table(birth: birth)
        table.isPartitioned = node["partspec"] != nil
        table.parents = node.list("inhRelations").compactMap(\.relationName)
        table.isDefaultPartition = node["partbound"]?.flag("is_default") == true
        for element in node.list("tableElts") {
            if element.is("ColumnDef") {
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
        for command in node.list("cmds") { table.alter(command, birth) }
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

    private mutating func rename(_ node: SyntaxNode) {
        guard let old = node["relation"]?.relationName, let new = node.text("newname") else {
            return
        }
        if node.has("renameType", "OBJECT_VIEW") {
            moveView(old, to: ObjectName(schema: old.schema, new))
        } else if node.has("renameType", "OBJECT_TABCONSTRAINT"), let name = node.text("subname") {
            tables[old]?.renameConstraint(name, to: new, of: old)
        } else if node.has("renameType", "OBJECT_TABLE") || node.has("renameType", "OBJECT_MATVIEW")
        {
            moveTable(old, to: ObjectName(schema: old.schema, new))
        } else if node.has("renameType", "OBJECT_COLUMN"), let column = node.text("subname") {
            tables[old]?.renameColumn(column, to: new)
        } else if node.has("renameType", "OBJECT_INDEX") {
            indexes[ObjectName(schema: old.schema, new)] = indexes.removeValue(forKey: old)
        }
    }

    private mutating func moveTable(_ old: ObjectName, to new: ObjectName) {
        tables[new] = tables.removeValue(forKey: old)
        for (name, index) in indexes where index.table == old { indexes[name]?.table = new }
        for name in Array(tables.keys) {
            for index in tables[name]?.constraints.indices ?? 0..<0
            where tables[name]?.constraints[index].referenced == old {
                tables[name]?.constraints[index].referenced = new
            }
            tables[name]?.parents.replace(old, with: new)
            tables[name]?.reads?.replace(old, with: new)
        }
        for name in Array(views.keys) { views[name]?.reads.replace(old, with: new) }
    }

    private mutating func moveView(_ old: ObjectName, to new: ObjectName) {
        views[new] = views.removeValue(forKey: old)
        for name in Array(tables.keys) { tables[name]?.reads?.replace(old, with: new) }
        for name in Array(views.keys) { views[name]?.reads.replace(old, with: new) }
    }

    private mutating func drop(_ node: SyntaxNode) {
        for name in node.droppedNames {
            if node.has("removeType", "OBJECT_TABLE") || node.has("removeType", "OBJECT_MATVIEW") {
                tables[name] = nil
                indexes = indexes.filter { $0.value.table != name }
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
    private mutating func forget(readersOf name: ObjectName, _ node: SyntaxNode) {
        let cascades = node.has("behavior", "DROP_CASCADE")
        for child in Array(tables.keys) where tables[child]?.parents.contains(name) == true {
            tables[child] = nil
            indexes = indexes.filter { $0.value.table != child }
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
    fileprivate mutating func replace(_ old: ObjectName, with new: ObjectName) {
        for index in indices where self[index] == old { self[index] = new }
    }
}

extension KnownSchema.Table {
    mutating func renameConstraint(_ old: String, to new: String, of table: ObjectName) {
        guard let index = constraints.firstIndex(where: { $0.isCalled(old, of: table) }) else {
            return
        }
        constraints[index].name = new
    }

    mutating func renameColumn(_ old: String, to new: String) {
        guard let column = columns.removeValue(forKey: old) else { return }
        columns[new] = column
        for index in constraints.indices {
            constraints[index].columns = constraints[index].columns.map { $0 == old ? new : $0 }
        }
    }

    fileprivate mutating func add(_ definition: SyntaxNode, _ birth: KnownSchema.Birth) {
        guard let name = definition.text("colname") else { return }
        var column = KnownSchema.Column(birth: birth)
        column.type = definition["typeName"].flatMap(ColumnType.init)
        columns[name] = column
        for node in definition.list("constraints") {
            if node.has("contype", "CONSTR_NOTNULL") || node.has("contype", "CONSTR_IDENTITY") {
                columns[name]?.isNotNull = true
            } else if var constraint = KnownSchema.Constraint(node, birth) {
                if constraint.columns.isEmpty, constraint.kind != .check {
                    constraint.columns = [name]
                }
                add(constraint)
            }
        }
    }

    fileprivate mutating func add(_ constraint: KnownSchema.Constraint) {
        constraints.append(constraint)
        guard constraint.kind == .primaryKey else { return }
        for column in constraint.columns { columns[column]?.isNotNull = true }
    }

    fileprivate mutating func alter(_ command: SyntaxNode, _ birth: KnownSchema.Birth) {
        let name = command.text("name") ?? ""
        switch command.text("subtype") {
        case "AT_AddColumn":
            if let definition = command["def"] { add(definition, birth) }
        case "AT_DropColumn":
            columns[name] = nil
            constraints.removeAll { $0.columns.contains(name) }
        case "AT_AddConstraint":
            if let constraint = command["def"].flatMap({ KnownSchema.Constraint($0, birth) }) {
                add(constraint)
            }
        case "AT_DropConstraint": constraints.removeAll { $0.name == name }
        case "AT_ValidateConstraint":
            for index in constraints.indices where constraints[index].name == name {
                constraints[index].isValidated = true
            }
        case "AT_SetNotNull": columns[name]?.isNotNull = true
        case "AT_DropNotNull": columns[name]?.isNotNull = false
        case "AT_AlterColumnType":
            columns[name]?.type = command["def"]?["typeName"].flatMap(ColumnType.init)
        default: break
        }
    }
}

extension KnownSchema.Constraint {
    /// From a `Constraint` node; `nil` for one that is no constraint of the table (a default).
    init?(_ node: SyntaxNode, _ birth: KnownSchema.Birth) {
        switch node.text("contype") {
        case "CONSTR_CHECK":
            kind = .check
            columns = node.columnNotNull.map { [$0] } ?? []
        case "CONSTR_FOREIGN":
            kind = .foreignKey
            columns = node.names("fk_attrs")
            referenced = node["pktable"]?.relationName
            referencedColumns = node.names("pk_attrs")
        case "CONSTR_PRIMARY":
            kind = .primaryKey
            columns = node.names("keys")
        case "CONSTR_UNIQUE":
            kind = .unique
            columns = node.names("keys")
        case "CONSTR_EXCLUSION":
            kind = .exclusion
            columns = []
        default: return nil
        }
        self.birth = birth
        name = node.text("conname")
        isValidated = !node.flag("skip_validation")
    }
}

extension SyntaxNode {
    /// The column that a check says is not null: `CHECK (COLUMN IS NOT NULL)`, and nothing else.
    var columnNotNull: String? {
        guard let test = self["raw_expr"], test.is("NullTest"),
            test.has("nulltesttype", "IS_NOT_NULL"), let column = test["arg"],
            column.is("ColumnRef")
        else { return nil }
        return column.names("fields").last
    }
}
