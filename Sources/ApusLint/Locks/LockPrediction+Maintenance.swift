import ApusCore

/// Statements that change no definition: TRUNCATE, LOCK, CLUSTER, VACUUM, REINDEX, REFRESH, COMMENT, GRANT.
extension LockPrediction {
    mutating func takeMaintenance(_ node: SyntaxNode) {
        switch node.kind {
        case "TruncateStmt": takeTruncation(node)
        case "LockStmt":
            guard let mode = TableLockMode(number: node.number("mode")) else { return doubt() }
            for relation in node.list("relations") {
                lockTree(relation, mode)
                guard let name = relation.relationName, let view = schema.views[name] else {
                    continue
                }
                for table in view.reads {
                    lock(table, mode)
                    // It goes on through views that the view reads, and through partitions.
                    if schema.views[table] != nil || !schema.descendants(of: table).isEmpty {
                        doubt()
                    }
                }
            }
        case "ClusterStmt":
            guard let name = node["relation"]?.relationName,
                schema.tables[name]?.isPartitioned == false
            else { return doubt() }
            lock(name, .accessExclusive, .rewrite)
        case "VacuumStmt": takeVacuum(node)
        case "ReindexStmt": takeReindex(node)
        default: takeRefresh(node)
        }
    }

    private mutating func takeTruncation(_ node: SyntaxNode) {
        // The indexes of the new, empty file are built anew, which counts as a look through it.
        let work = TableWork(rewrites: true, scans: nil)
        for relation in node.list("relations") { lockTree(relation, .accessExclusive, work) }
        guard node.has("behavior", "DROP_CASCADE") else { return }
        var seen = Set(node.list("relations").compactMap(\.relationName))
        var open = Array(seen)
        while let table = open.popLast() {
            for (name, _) in schema.foreignKeys(to: table) where seen.insert(name).inserted {
                open.append(name)
                lock(name, .accessExclusive, work)
                for child in schema.descendants(of: name) { lock(child, .accessExclusive, work) }
            }
        }
    }

    private mutating func takeVacuum(_ node: SyntaxNode) {
        let tables = node.list("rels").compactMap { $0["relation"] }
        guard !tables.isEmpty else { return doubt() }
        let isVacuum = node.flag("is_vacuumcmd")
        let isFull =
            isVacuum
            && node.list("options").contains { $0.text("defname") == "full" && $0["arg"] == nil }
        for relation in tables {
            guard let name = relation.relationName else { return doubt() }
            let mode: TableLockMode = isFull ? .accessExclusive : .shareUpdateExclusive
            // VACUUM skips what needs no vacuuming, and ANALYZE takes a sample.
            let work: TableWork = isFull ? .rewrite : isVacuum ? .perhapsScan : .none
            lock(name, mode, work)
            let isPartitioned = schema.tables[name]?.isPartitioned == true
            for child in schema.descendants(of: name) {
                // Inherited tables are taken along since PostgreSQL 18; ANALYZE always read them.
                if isPartitioned || serverVersion >= 18 {
                    lock(child, mode, work)
                } else if !isVacuum {
                    lock(child, .accessShare)
                }
            }
        }
    }

    private mutating func takeReindex(_ node: SyntaxNode) {
        guard let relation = node["relation"], let name = relation.relationName else {
            return doubt()
        }
        let isConcurrent =
            node.list("params").contains {
                $0.text("defname") == "concurrently" && $0["arg"] == nil
            }
        let mode: TableLockMode = isConcurrent ? .shareUpdateExclusive : .share
        let isIndex = node.has("kind", "REINDEX_OBJECT_INDEX")
        guard let table = isIndex ? schema.table(ofIndex: name) : name else { return doubt() }
        lock(table, mode, schema.hasIndex(table) ? .scan : .perhapsScan)
        for child in schema.descendants(of: table)
        where schema.tables[table]?.isPartitioned == true {
            lock(child, mode, .perhapsScan)
        }
    }

    private mutating func takeRefresh(_ node: SyntaxNode) {
        guard let name = node["relation"]?.relationName else { return doubt() }
        if node.flag("concurrent") {
            lock(name, .exclusive, .perhapsScan)
        } else {
            lock(name, .accessExclusive, TableWork(rewrites: true, scans: nil))
        }
        guard !node.flag("skipData") else { return }
        guard let reads = schema.tables[name]?.reads else { return doubt() }
        if schema.tables[name]?.callsUnknownFunction == true { doubt() }
        for relation in reads { read(relation, .accessShare, withChildren: true, isWhole: false) }
    }

    mutating func takeComment(_ node: SyntaxNode) {
        let parts = node["object"]?.names("items") ?? []
        switch node.text("objtype") {
        case "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE":
            lock(ObjectName(parts: parts), .shareUpdateExclusive)
        case "OBJECT_COLUMN": lock(ObjectName(parts: parts.dropLast()), .shareUpdateExclusive)
        case "OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER", "OBJECT_RULE", "OBJECT_POLICY":
            lock(ObjectName(parts: parts.dropLast()), .accessShare)
        default: break
        }
    }

    /// Since PostgreSQL 18 the objects are locked.
    mutating func takeGrant(_ node: SyntaxNode) {
        guard serverVersion >= 18, node.has("targtype", "ACL_TARGET_OBJECT"),
            node.has("objtype", "OBJECT_TABLE")
        else { return }
        for relation in node.list("objects") { lock(relation.relationName, .accessShare) }
    }
}
