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

    /// Whether it has that name, also where the server chose it.
    func isNamed(_ wanted: String, of table: ObjectName) -> Bool {
        guard name == nil else { return name == wanted }
        let ending: (parts: [String], label: String)? =
            switch kind {
            case .primaryKey: ([], "pkey")
            case .unique: (columns, "key")
            case .foreignKey: (columns, "fkey")
            // Their names depend on expressions, which are not kept.
            case .check, .exclusion: nil
            }
        return ending.map {
            ([table.name] + $0.parts + [$0.label]).joined(separator: "_") == wanted
        } ?? false
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
