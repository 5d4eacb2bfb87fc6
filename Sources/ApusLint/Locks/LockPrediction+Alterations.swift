import ApusCore

/// `ALTER TABLE` and its like: each action has its mode, and the strongest one counts for the table.
extension LockPrediction {
    mutating func takeAlteration(_ node: SyntaxNode) {
        switch node.text("objtype") {
        case "OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_MATVIEW":
            if node.callsUnknownFunction { doubt() }
            let actions = node.list("cmds")
            for action in actions { take(action, of: node["relation"], beside: actions) }
        case "OBJECT_VIEW": lock(node["relation"]?.relationName, .accessExclusive)
        case "OBJECT_SEQUENCE": break
        case "OBJECT_INDEX":
            // An index that is attached to another one is looked up by way of both tables.
            if node.list("cmds").contains(where: { $0.has("subtype", "AT_AttachPartition") }) {
                doubt()
            }
        default: doubt()
        }
    }

    private mutating func take(
        _ action: SyntaxNode, of relation: SyntaxNode?, beside actions: [SyntaxNode]
    ) {
        let name = relation?.relationName
        switch action.text("subtype") ?? "" {
        case "AT_AddColumn": addColumn(action, relation)
        case "AT_DropColumn": dropColumn(action, relation)
        case "AT_AlterColumnType": alterType(action, relation)
        case "AT_SetNotNull":
            lockTree(relation, .accessExclusive, workOfNotNull(action.text("name"), name))
        case "AT_AddConstraint": addConstraint(action["def"], relation)
        case "AT_ValidateConstraint" where actions.contains { $0.addsCheck(action.text("name")) }:
            lockTree(relation, .shareUpdateExclusive, .scan)
        case "AT_ValidateConstraint": validate(action.text("name"), relation)
        case "AT_DropConstraint": dropConstraint(action, relation)
        case "AT_ColumnDefault", "AT_DropNotNull", "AT_DropExpression", "AT_SetStorage",
            "AT_SetCompression", "AT_AddIdentity", "AT_SetIdentity", "AT_DropIdentity",
            "AT_AlterColumnGenericOptions", "AT_AlterConstraint":
            lockTree(relation, .accessExclusive)
        case "AT_SetStatistics", "AT_SetOptions", "AT_ResetOptions":
            lockTree(relation, .shareUpdateExclusive)
        case "AT_ClusterOn", "AT_DropCluster": lock(name, .shareUpdateExclusive)
        case "AT_SetRelOptions", "AT_ResetRelOptions":
            let options = action["def"]?.names("items") ?? []
            let words = action.all("DefElem").compactMap { $0.text("defname") } + options
            lock(
                name,
                words.contains("user_catalog_table") ? .accessExclusive : .shareUpdateExclusive)
        case "AT_SetLogged", "AT_SetUnLogged": lock(name, .accessExclusive, .rewrite)
        case "AT_SetAccessMethod", "AT_SetTableSpace":
            lock(name, .accessExclusive, .perhapsRewrite)
        case "AT_ChangeOwner", "AT_EnableRowSecurity", "AT_DisableRowSecurity",
            "AT_ForceRowSecurity", "AT_NoForceRowSecurity", "AT_ReplicaIdentity", "AT_EnableRule",
            "AT_EnableAlwaysRule", "AT_EnableReplicaRule", "AT_DisableRule", "AT_AddOf",
            "AT_DropOf", "AT_GenericOptions":
            lock(name, .accessExclusive)
        case "AT_EnableTrig", "AT_EnableAlwaysTrig", "AT_EnableReplicaTrig", "AT_DisableTrig",
            "AT_EnableTrigAll", "AT_DisableTrigAll", "AT_EnableTrigUser", "AT_DisableTrigUser":
            lock(name, .shareRowExclusive)
            // A trigger of a partitioned table has a copy at each partition.
            if let name, !schema.descendants(of: name).isEmpty { doubt() }
        case "AT_AddInherit":
            lock(name, .accessExclusive)
            lock(action["def"]?.relationName, .shareUpdateExclusive)
        case "AT_DropInherit":
            lock(name, .accessExclusive)
            lock(action["def"]?.relationName, .accessShare)
        case "AT_AttachPartition": attach(action["def"]?["name"]?.relationName, to: name)
        case "AT_DetachPartition":
            detach(
                action["def"]?["name"]?.relationName, from: name,
                isConcurrent: action["def"]?.flag("concurrent") == true)
        default: doubt()
        }
    }

    // MARK: Columns

    private mutating func addColumn(_ action: SyntaxNode, _ relation: SyntaxNode?) {
        guard let definition = action["def"], let name = relation?.relationName else {
            return doubt()
        }
        let isThere =
            action.flag("missing_ok")
            && definition.text("colname").map { schema.tables[name]?.columns[$0] != nil } == true
        guard !isThere else { return lockTree(relation, .accessExclusive) }
        let column = AddedColumn(definition, schema)
        lockTree(relation, .accessExclusive, column.work)
        for constraint in definition.list("constraints") {
            guard constraint.has("contype", "CONSTR_FOREIGN"),
                let referenced = constraint["pktable"]?.relationName, referenced != name
            else { continue }
            lock(
                referenced, .shareRowExclusive,
                column.hasDefault ? .perhapsScan : .none)
        }
    }

    private mutating func dropColumn(_ action: SyntaxNode, _ relation: SyntaxNode?) {
        lockTree(relation, .accessExclusive)
        guard let name = relation?.relationName, let column = action.text("name") else {
            return doubt()
        }
        lockFarEnds(ofColumn: column, of: name, .accessExclusive, .none, own: true)
        guard action.has("behavior", "DROP_CASCADE") else { return }
        lockFarEnds(ofColumn: column, of: name, .accessExclusive, .none, own: false)
        if !schema.readers(of: name).isEmpty { doubt() }
    }

    private mutating func alterType(_ action: SyntaxNode, _ relation: SyntaxNode?) {
        guard let name = relation?.relationName, let column = action.text("name"),
            let definition = action["def"]
        else { return doubt() }
        lockTree(relation, .accessExclusive, workOfType(definition, column, name))
        // Foreign keys on the column are made anew.
        lockFarEnds(ofColumn: column, of: name, .accessExclusive, .perhapsScan, own: true)
        lockFarEnds(ofColumn: column, of: name, .accessExclusive, .perhapsScan, own: false)
    }

    private func workOfType(
        _ definition: SyntaxNode, _ column: String, _ name: ObjectName
    ) -> TableWork {
        guard let table = schema.tables[name], let old = table.columns[column]?.type,
            let new = definition["typeName"].flatMap(ColumnType.init),
            old.name.schema == nil, new.name.schema == nil, schema.domains[new.name] == nil,
            schema.domains[old.name] == nil
        else { return .perhapsRewrite }
        if definition["raw_default"] != nil { return .rewrite }
        // Between these two the session's time zone decides.
        if Set([old.name.name, new.name.name]) == ["timestamp", "timestamptz"] {
            return .perhapsRewrite
        }
        guard old.keepsItsRows(as: new) else { return .rewrite }
        // An index of another collation is built anew.
        if definition["collClause"] != nil, schema.hasIndex(on: column, of: name) { return .scan }
        // Checks are made anew and looked at again.
        let isLookedAt =
            table.constraints.contains { $0.kind == .check || $0.columns.contains(column) }
            || definition["collClause"] != nil
        return isLookedAt ? .perhapsScan : .none
    }

    private func workOfNotNull(_ column: String?, _ name: ObjectName?) -> TableWork {
        guard let column, let table = name.flatMap({ schema.tables[$0] }) else {
            return .perhapsScan
        }
        if table.columns[column]?.isNotNull == true { return .none }
        let isProven = table.constraints.contains {
            $0.kind == .check && $0.isValidated && $0.columns == [column]
        }
        if isProven { return .none }
        return table.columns[column] == nil ? .perhapsScan : .scan
    }

    // MARK: Constraints

    private mutating func addConstraint(_ node: SyntaxNode?, _ relation: SyntaxNode?) {
        guard let node, let name = relation?.relationName else { return doubt() }
        let isLater = node.flag("skip_validation")
        switch node.text("contype") {
        case "CONSTR_CHECK": lockTree(relation, .accessExclusive, isLater ? .none : .scan)
        case "CONSTR_FOREIGN":
            lockTree(relation, .shareRowExclusive, isLater ? .none : .scan)
            if let referenced = node["pktable"]?.relationName, referenced != name {
                lock(referenced, .shareRowExclusive, isLater ? .none : .perhapsScan)
                if !schema.descendants(of: referenced).isEmpty { doubt() }
            }
        case "CONSTR_UNIQUE":
            lockTree(relation, .accessExclusive, node.text("indexname") == nil ? .scan : .none)
        case "CONSTR_PRIMARY":
            lockTree(relation, .accessExclusive, workOfPrimaryKey(node, name))
        case "CONSTR_EXCLUSION": lockTree(relation, .accessExclusive, .scan)
        default: doubt()
        }
    }

    /// With an index that is there, each column that may be NULL is looked through.
    private func workOfPrimaryKey(_ node: SyntaxNode, _ name: ObjectName) -> TableWork {
        guard let index = node.text("indexname") else { return .scan }
        guard let columns = schema.columns(ofIndex: index, of: name) else { return .perhapsScan }
        return columns.reduce(.none) { $0 + workOfNotNull($1, name) }
    }

    private mutating func validate(_ constraint: String?, _ relation: SyntaxNode?) {
        guard let name = relation?.relationName,
            let found = schema.constraint(constraint, of: name)
        else {
            lockTree(relation, .shareUpdateExclusive, .perhapsScan)
            return doubt()
        }
        lockTree(relation, .shareUpdateExclusive, found.isValidated ? .none : .scan)
        guard found.kind == .foreignKey, !found.isValidated, found.referenced != name else {
            return
        }
        lock(found.referenced, .rowShare, .perhapsScan)
    }

    private mutating func dropConstraint(_ action: SyntaxNode, _ relation: SyntaxNode?) {
        lockTree(relation, .accessExclusive)
        guard let name = relation?.relationName,
            let found = schema.constraint(action.text("name"), of: name)
        else { return doubt() }
        if found.kind == .foreignKey { lock(found.referenced, .accessExclusive) }
        guard action.has("behavior", "DROP_CASCADE"),
            found.kind == .primaryKey || found.kind == .unique
        else { return }
        for (other, key) in schema.foreignKeys(to: name)
        where key.referencedColumns == found.columns
            || key.referencedColumns.isEmpty && found.kind == .primaryKey
        {
            lock(other, .accessExclusive)
        }
    }

    /// The tables at the other ends of the foreign keys that a column is part of.
    private mutating func lockFarEnds(
        ofColumn column: String, of name: ObjectName, _ mode: TableLockMode, _ work: TableWork,
        own: Bool
    ) {
        guard let table = schema.tables[name] else { return }
        if own {
            for key in table.constraints
            where key.kind == .foreignKey && key.columns.contains(column) {
                lock(key.referenced, mode, work)
            }
            return
        }
        let primary = table.constraints.first { $0.kind == .primaryKey }?.columns ?? []
        for (other, key) in schema.foreignKeys(to: name) {
            let columns = key.referencedColumns.isEmpty ? primary : key.referencedColumns
            if columns.contains(column) { lock(other, mode, work) }
        }
    }

    // MARK: Partitions

    private mutating func attach(_ partition: ObjectName?, to parent: ObjectName?) {
        lock(parent, .shareUpdateExclusive)
        // A check may prove what would otherwise be looked for.
        let hasCheck =
            partition.flatMap { schema.tables[$0] }?.constraints.contains { $0.kind == .check }
        lock(partition, .accessExclusive, hasCheck == false ? .scan : .perhapsScan)
        guard let partition, let parent else { return doubt() }
        for child in schema.descendants(of: partition) {
            lock(child, .accessExclusive, .perhapsScan)
        }
        if let other = schema.defaultPartition(of: parent) {
            lock(other, .accessExclusive, .scan)
        }
        let keys = schema.tables[parent]?.constraints.contains { $0.kind == .foreignKey }
        if keys != false || !schema.foreignKeys(to: parent).isEmpty { doubt() }
    }

    private mutating func detach(
        _ partition: ObjectName?, from parent: ObjectName?, isConcurrent: Bool
    ) {
        lock(parent, isConcurrent ? .shareUpdateExclusive : .accessExclusive)
        lock(partition, .accessExclusive)
        guard let parent, !isConcurrent else { return }
        if let other = schema.defaultPartition(of: parent) { lock(other, .accessExclusive) }
        let keys = schema.tables[parent]?.constraints.contains { $0.kind == .foreignKey }
        if keys != false || !schema.foreignKeys(to: parent).isEmpty { doubt() }
    }

    // MARK: Domains

    mutating func takeDomain(_ node: SyntaxNode) {
        let isChecked: Bool
        switch node.text("subtype") {
        case "O", "V": isChecked = true
        case "C": isChecked = node["def"]?.flag("skip_validation") != true
        default: isChecked = false
        }
        guard isChecked, let domain = ObjectName(parts: node.names("typeName")) else { return }
        for table in schema.tables(withColumnsOf: domain) { lock(table, .share, .scan) }
    }
}

extension SyntaxNode {
    /// Whether an action adds a check of that name that is not validated.
    fileprivate func addsCheck(_ name: String?) -> Bool {
        guard has("subtype", "AT_AddConstraint"), let definition = self["def"] else { return false }
        return definition.has("contype", "CONSTR_CHECK") && definition.flag("skip_validation")
            && definition.text("conname") == name
    }
}
