import ApusCore

/// Statements that make something.
extension LockPrediction {
    mutating func takeDefinition(_ node: SyntaxNode) {
        switch node.kind {
        case "CreateStmt": takeTable(node)
        case "CreateTableAsStmt": takeTableAs(node)
        case "ViewStmt":
            if let name = node["view"]?.relationName, schema.views[name] != nil {
                lock(name, .accessExclusive)
            }
            mention(node)
        case "IndexStmt": takeIndex(node)
        case "CreateTrigStmt": takeTrigger(node)
        case "RuleStmt":
            lock(node["relation"]?.relationName, .accessExclusive)
            mention(node)
        case "CreatePolicyStmt":
            lock(node["table"]?.relationName, .accessExclusive)
            mention(node)
        case "CreateStatsStmt":
            for relation in node.list("relations") {
                lock(relation.relationName, .shareUpdateExclusive)
            }
        case "CreateSeqStmt", "AlterSeqStmt":
            // Sequences are not known: it may not be there, and nothing is done then.
            if node.flag("missing_ok") { return doubt() }
            for option in node.list("options") where option.text("defname") == "owned_by" {
                let owner = option["arg"]?.names("items") ?? []
                if owner.count > 1 {
                    lock(ObjectName(parts: owner.dropLast()), .accessShare)
                }
            }
        case "CreateFunctionStmt": takeFunction(node)
        default:
            // CREATE SCHEMA: what it makes inside is not qualified there.
            if !node.list("schemaElts").isEmpty { doubt() }
        }
    }

    private mutating func takeTable(_ node: SyntaxNode) {
        guard let name = node["relation"]?.relationName else { return doubt() }
        if node.flag("if_not_exists"), schema.tables[name] != nil { return }
        let isPartition = node["partbound"] != nil
        for parent in node.list("inhRelations").compactMap(\.relationName) {
            lock(parent, isPartition ? .accessExclusive : .shareUpdateExclusive)
            guard isPartition else { continue }
            // Its rows must belong to no other partition.
            if let other = schema.defaultPartition(of: parent) {
                lock(other, .accessExclusive, .scan)
            }
            for key in schema.tables[parent]?.constraints ?? [] where key.kind == .foreignKey {
                lock(key.referenced, .shareRowExclusive)
            }
            if !schema.foreignKeys(to: parent).isEmpty { doubt() }
        }
        for element in node.list("tableElts") {
            switch element.kind {
            case "TableLikeClause": lock(element["relation"]?.relationName, .accessShare)
            case "Constraint": lockReferenced(by: element, from: name)
            default:
                for constraint in element.list("constraints") {
                    lockReferenced(by: constraint, from: name)
                }
            }
        }
    }

    private mutating func lockReferenced(by constraint: SyntaxNode, from name: ObjectName) {
        guard constraint.has("contype", "CONSTR_FOREIGN"),
            let referenced = constraint["pktable"]?.relationName, referenced != name
        else { return }
        lock(referenced, .shareRowExclusive)
    }

    private mutating func takeTableAs(_ node: SyntaxNode) {
        guard let query = node["query"], !query.is("ExecuteStmt") else { return doubt() }
        if node.flag("if_not_exists"), let name = node["into"]?["rel"]?.relationName,
            schema.tables[name] != nil
        {
            return
        }
        if node["into"]?.flag("skipData") == true { mention(node) } else { takeRows(query) }
    }

    private mutating func takeIndex(_ node: SyntaxNode) {
        guard let relation = node["relation"], let table = relation.relationName else {
            return doubt()
        }
        if node.callsUnknownFunction { doubt() }
        let mode: TableLockMode = node.flag("concurrent") ? .shareUpdateExclusive : .share
        let isThere =
            node.flag("if_not_exists")
            && node.text("idxname").map {
                schema.indexes[ObjectName(schema: table.schema, $0)] != nil
            } == true
        // Of an inherited table, only its own rows are indexed.
        if schema.tables[table]?.isPartitioned == true {
            lockTree(relation, mode, isThere ? .none : .scan)
        } else {
            lock(table, mode, isThere ? .none : .scan)
        }
    }

    private mutating func takeTrigger(_ node: SyntaxNode) {
        guard let table = node["relation"]?.relationName else { return doubt() }
        if node["constrrel"] != nil { doubt() }
        lock(table, .shareRowExclusive)
        guard node.flag("row"), schema.tables[table]?.isPartitioned == true else { return }
        for child in schema.descendants(of: table) { lock(child, .shareRowExclusive) }
    }

    /// The server looks into the body of a function in SQL when it is made; into no other.
    private mutating func takeFunction(_ node: SyntaxNode) {
        if let body = node["sql_body"] { return analyse([body]) }
        let options = node.list("options")
        func option(_ name: String) -> SyntaxNode? {
            options.first { $0.text("defname") == name }?["arg"]
        }
        guard option("language")?.text("sval")?.lowercased() == "sql" else { return }
        guard let text = option("as")?.names("items").first,
            case .tree(let tree) = PostgresGrammar.parse(Array(text.utf8))
        else { return doubt() }
        analyse(tree.statements)
    }

    private mutating func analyse(_ statements: [SyntaxNode]) {
        for statement in statements {
            mention(statement)
            // What stands behind a view is locked as well.
            if QueryRelations(statement).relations.contains(where: { schema.views[$0.name] != nil })
            {
                doubt()
            }
        }
    }
}
