import ApusCore

/// What `ADD COLUMN` means for the rows that are there.
struct AddedColumn {
    let work: TableWork
    /// Whether the rows that are there get a value.
    let hasDefault: Bool

    init(_ definition: SyntaxNode, _ schema: KnownSchema) {
        var work = TableWork.none
        var hasDefault = false
        let type = definition["typeName"].flatMap(ColumnType.init)
        switch type {
        case nil: work = .perhapsRewrite
        case let type? where type.isSerial:
            work = .rewrite
            hasDefault = true
        case let type?:
            if let domain = schema.domains[type.name] {
                if domain.hasConstraints { work = .rewrite }
            } else if !type.isBuiltIn, schema.enums[type.name]?.birth == nil {
                work = .perhapsRewrite
            }
        }
        var isNotNull = false
        for constraint in definition.list("constraints") {
            switch constraint.text("contype") {
            case "CONSTR_IDENTITY", "CONSTR_GENERATED":
                work = work + .rewrite
                hasDefault = true
            case "CONSTR_DEFAULT":
                if !constraint.isNullDefault { hasDefault = true }
                work = work + Self.work(of: constraint)
            case "CONSTR_NOTNULL": isNotNull = true
            case "CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_CHECK", "CONSTR_EXCLUSION":
                work = work + .scan
            default: break
            }
        }
        if isNotNull, !hasDefault { work = work + .scan }
        if hasDefault, definition.list("constraints").contains(where: { $0.isForeignKey }) {
            work = work + .scan
        }
        self.work = work
        self.hasDefault = hasDefault
    }

    /// A default that differs from row to row is written into every row.
    private static func work(of constraint: SyntaxNode) -> TableWork {
        let calls = constraint.all("FuncCall").map { $0.names("funcname").last ?? "" }
        if calls.contains(where: ServerFunctions.volatile.contains) { return .rewrite }
        return calls.allSatisfy(ServerFunctions.steady.contains) ? .none : .perhapsRewrite
    }
}

extension SyntaxNode {
    /// Whether a default is the word NULL.
    fileprivate var isNullDefault: Bool {
        self["raw_expr"].map { $0.is("A_Const") && $0.flag("isnull") } ?? false
    }

    fileprivate var isForeignKey: Bool { has("contype", "CONSTR_FOREIGN") }
}
