import ApusCore

/// Statements that read or write rows.
extension LockPrediction {
    mutating func takeRows(_ node: SyntaxNode) {
        switch node.kind {
        case "CopyStmt":
            if let query = node["query"] { return takeRows(query) }
            guard node.flag("is_from") else {
                return lock(node["relation"]?.relationName, .accessShare, .scan)
            }
            takeTarget(node, of: .insert)
        case "ExplainStmt", "DeclareCursorStmt":
            guard let query = node["query"] else { return doubt() }
            takeRows(query)
        default:
            if node.callsUnknownFunction { doubt() }
            let query = QueryRelations(node)
            for target in query.targets {
                let event: RowEvent? =
                    switch target.kind {
                    case "InsertStmt": target["onConflictClause"] == nil ? .insert : nil
                    case "UpdateStmt":
                        .update(target.list("targetList").compactMap { $0.text("name") })
                    case "DeleteStmt": .delete
                    default: nil
                    }
                takeTarget(target, of: event)
            }
            let isWhole = query.relations.count == 1 && node["whereClause"] == nil
            for relation in query.relations {
                read(
                    relation.name, relation.isLocked ? .rowShare : .accessShare,
                    withChildren: relation.node.flag("inh"), isWhole: isWhole)
            }
        }
    }

    /// What a statement does to a table's rows; `nil`: more than one of these.
    enum RowEvent {
        case insert
        case update([String])
        case delete
    }

    private mutating func takeTarget(_ node: SyntaxNode, of event: RowEvent?) {
        guard let relation = node["relation"], let name = relation.relationName else {
            return doubt()
        }
        // What is written to through a view is not read from its definition here.
        if schema.views[name] != nil { doubt() }
        let work: TableWork
        switch event {
        case .insert: work = .none
        case .update, .delete:
            let isWhole =
                node["whereClause"] == nil && node.list("fromClause").isEmpty
                && node.list("usingClause").isEmpty
            work = isWhole ? .scan : .perhapsScan
        case nil: work = .perhapsScan
        }
        if rowsDecide(name, event) { doubt() }
        lock(name, .rowExclusive, work)
        guard relation.flag("inh") else { return }
        let children = schema.descendants(of: name)
        guard !children.isEmpty else { return }
        // Rows and conditions decide which partitions are touched.
        guard work.scans == true else { return doubt() }
        for child in children { lock(child, .rowExclusive, work) }
    }

    /// Whether triggers, or foreign keys of this table or to it, lock what the rows make them look at.
    private func rowsDecide(_ name: ObjectName, _ event: RowEvent?) -> Bool {
        guard let table = schema.tables[name] else { return true }
        if !table.triggers.isEmpty { return true }
        let own = table.constraints.filter { $0.kind == .foreignKey }
        switch event {
        case .insert: return !own.isEmpty
        case .update(let columns):
            return own.contains { !$0.columns.allSatisfy { !columns.contains($0) } }
                || schema.foreignKeys(to: name).contains { _, key in
                    key.referencedColumns.isEmpty
                        || key.referencedColumns.contains { columns.contains($0) }
                }
        case .delete: return !schema.foreignKeys(to: name).isEmpty
        case nil: return !own.isEmpty || !schema.foreignKeys(to: name).isEmpty
        }
    }

    /// A relation that is read: a view with all that it reads.
    mutating func read(
        _ name: ObjectName, _ mode: TableLockMode, withChildren: Bool, isWhole: Bool
    ) {
        lock(name, mode, schema.views[name] == nil ? .perhapsScan : .none)
        if let view = schema.views[name] {
            for relation in view.reads {
                read(relation, mode, withChildren: true, isWhole: false)
            }
        }
        guard withChildren else { return }
        let children = schema.descendants(of: name)
        guard children.isEmpty || isWhole else { return doubt() }
        for child in children { lock(child, mode, .perhapsScan) }
    }

    /// The relations of a query that is looked at and not run, such as a view's.
    mutating func mention(_ node: SyntaxNode) {
        let query = QueryRelations(node)
        for target in query.targets { lock(target["relation"]?.relationName, .rowExclusive) }
        for relation in query.relations {
            lock(relation.name, relation.isLocked ? .rowShare : .accessShare)
        }
    }
}

/// The relations that a query names, without those that it defines itself (`WITH`).
struct QueryRelations {
    struct Relation {
        var name: ObjectName
        var node: SyntaxNode
        /// By `FOR UPDATE` and its like.
        var isLocked: Bool
    }

    /// The statements inside of it that write, with the table that they write to.
    let targets: [SyntaxNode]
    let relations: [Relation]

    init(_ node: SyntaxNode) {
        let writing = ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]
        targets =
            (writing.contains(node.kind) ? [node] : []) + node.all("InsertStmt")
            + node.all("UpdateStmt") + node.all("DeleteStmt") + node.all("MergeStmt")
        let defined = Set(node.all("CommonTableExpr").compactMap { $0.text("ctename") })
        let clauses = node.all("LockingClause")
        let named = clauses.flatMap { $0.list("lockedRels") }
        let places = Set(named.map(\.index))
        let names = Set(named.compactMap { $0.text("relname") })
        let locksAll = clauses.contains { $0.list("lockedRels").isEmpty }
        relations = node.all("RangeVar").compactMap { node in
            guard !places.contains(node.index), let name = node.relationName,
                name.schema != nil || !defined.contains(name.name)
            else { return nil }
            let alias = node["alias"]?.text("aliasname") ?? name.name
            return Relation(name: name, node: node, isLocked: locksAll || names.contains(alias))
        }
    }
}
