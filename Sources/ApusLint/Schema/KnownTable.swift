/// What a statement of PostgreSQL does to one table.
extension KnownSchema.Table {
    /// Takes over what another table has: columns, and constraints of those kinds.
    mutating func inherit(
        _ other: KnownSchema.Table, _ birth: KnownSchema.Birth,
        kinds: Set<KnownSchema.Constraint.Kind> = [.check, .foreignKey, .primaryKey, .unique]
    ) {
        for (name, column) in other.columns {
            columns[name] = column
            columns[name]?.birth = birth
        }
        for var constraint in other.constraints where kinds.contains(constraint.kind) {
            constraint.birth = birth
            constraints.append(constraint)
        }
    }

    mutating func renameConstraint(
        _ old: String, to new: String, of table: ObjectName
    ) {
        for index in constraints.indices where constraints[index].isNamed(old, of: table) {
            constraints[index].name = new
        }
    }

    /// Foreign keys, partitions and queries follow the table that they refer to.
    mutating func follow(_ old: ObjectName, to new: ObjectName) {
        parents.replace(old, with: new)
        reads?.replace(old, with: new)
        for index in constraints.indices where constraints[index].referenced == old {
            constraints[index].referenced = new
        }
    }

    mutating func followType(_ old: ObjectName, to new: ObjectName) {
        for (name, column) in columns where column.type?.name == old {
            columns[name]?.type?.name = new
        }
    }

    mutating func renameColumn(_ old: String, to new: String) {
        guard let column = columns.removeValue(forKey: old) else { return }
        columns[new] = column
        for index in constraints.indices {
            constraints[index].columns = constraints[index].columns.map { $0 == old ? new : $0 }
        }
    }

    mutating func add(_ definition: SyntaxNode, _ birth: KnownSchema.Birth) {
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

    mutating func add(_ constraint: KnownSchema.Constraint) {
        constraints.append(constraint)
        guard constraint.kind == .primaryKey else { return }
        for column in constraint.columns { columns[column]?.isNotNull = true }
    }

    mutating func alter(
        _ command: SyntaxNode, _ table: ObjectName, _ birth: KnownSchema.Birth
    ) {
        let name = command.text("name") ?? ""
        switch command.text("subtype") {
        case "AT_AddColumn":
            guard let definition = command["def"] else { return }
            // What is there already stays as it is.
            let isThere = definition.text("colname").map { columns[$0] != nil } ?? false
            if !(command.flag("missing_ok") && isThere) { add(definition, birth) }
        case "AT_DropColumn":
            columns[name] = nil
            constraints.removeAll { $0.columns.contains(name) }
        case "AT_AddConstraint":
            if let constraint = command["def"].flatMap({ KnownSchema.Constraint($0, birth) }) {
                add(constraint)
            }
        case "AT_DropConstraint": constraints.removeAll { $0.isNamed(name, of: table) }
        case "AT_ValidateConstraint":
            for index in constraints.indices where constraints[index].isNamed(name, of: table) {
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
