import ApusCore

/// Predicts the locks of one statement of PostgreSQL: a pure function of its tree, the schema before it
/// and the server's version.
///
/// The modes are those of PostgreSQL's documentation: `explicit-locking.html`, and the page of each
/// command. A test compares every rule's examples with what servers say in `pg_locks`.
struct LockPrediction {
    let schema: KnownSchema
    /// The server's major version.
    let serverVersion: Int
    private(set) var locks: [PredictedLock] = []
    private(set) var isComplete = true

    static func of(
        _ statement: SyntaxNode, before schema: KnownSchema, on serverVersion: Int
    ) -> PredictedLocks {
        var prediction = LockPrediction(schema: schema, serverVersion: serverVersion)
        prediction.take(statement)
        return PredictedLocks(locks: prediction.locks, isComplete: prediction.isComplete)
    }

    private init(schema: KnownSchema, serverVersion: Int) {
        self.schema = schema
        self.serverVersion = serverVersion
    }

    private mutating func take(_ node: SyntaxNode) {
        switch node.kind {
        case "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt",
            "ExplainStmt", "DeclareCursorStmt":
            takeRows(node)
        case "CreateStmt", "CreateTableAsStmt", "ViewStmt", "IndexStmt", "CreateTrigStmt",
            "RuleStmt", "CreatePolicyStmt", "CreateStatsStmt", "CreateSeqStmt", "AlterSeqStmt",
            "CreateFunctionStmt", "CreateSchemaStmt":
            takeDefinition(node)
        case "AlterTableStmt": takeAlteration(node)
        case "AlterDomainStmt": takeDomain(node)
        case "AlterPolicyStmt": lock(node["table"]?.relationName, .accessExclusive)
        case "RenameStmt": takeRenaming(node)
        case "AlterObjectSchemaStmt": takeMove(node)
        case "DropStmt": takeDrop(node)
        case "TruncateStmt", "LockStmt", "ClusterStmt", "VacuumStmt", "ReindexStmt",
            "RefreshMatViewStmt":
            takeMaintenance(node)
        case "CommentStmt": takeComment(node)
        case "GrantStmt": takeGrant(node)
        default:
            if !Self.locksNoTable.contains(node.kind) { doubt() }
        }
    }

    /// Statements that lock no table of the user's, whatever they say.
    private static let locksNoTable: Set = [
        "VariableSetStmt", "VariableShowStmt", "ConstraintsSetStmt", "TransactionStmt",
        "CreateEnumStmt", "AlterEnumStmt", "CreateDomainStmt", "CompositeTypeStmt",
        "CreateRangeStmt", "DefineStmt", "CreateCastStmt", "CreateOpClassStmt",
        "CreateOpFamilyStmt", "CreateConversionStmt", "AlterFunctionStmt", "AlterTypeStmt",
        "AlterOwnerStmt", "CreateRoleStmt", "AlterRoleStmt", "AlterRoleSetStmt", "DropRoleStmt",
        "GrantRoleStmt", "AlterDefaultPrivilegesStmt", "CreatedbStmt", "DropdbStmt",
        "AlterDatabaseStmt", "AlterDatabaseSetStmt", "AlterSystemStmt", "CreateTableSpaceStmt",
        "DropTableSpaceStmt", "NotifyStmt", "ListenStmt", "UnlistenStmt", "CheckPointStmt",
        "ClosePortalStmt", "DeallocateStmt", "CreateFdwStmt", "CreateForeignServerStmt",
        "CreateUserMappingStmt",
    ]

    // MARK: Locks

    /// There may be more than what is predicted.
    mutating func doubt() { isComplete = false }

    /// A lock on the table or view of that name alone.
    mutating func lock(_ name: ObjectName?, _ mode: TableLockMode, _ work: TableWork = .none) {
        guard let name else { return doubt() }
        if name.isOfSystem { return }
        if schema.tables[name] == nil, schema.views[name] == nil { doubt() }
        // A partitioned table has no rows of its own.
        let work = schema.tables[name]?.isPartitioned == true ? .none : work
        if let index = locks.firstIndex(where: { $0.schema == name.schema && $0.name == name.name }
        ) {
            locks[index].merge(mode, work)
        } else {
            locks.append(
                PredictedLock(
                    schema: name.schema, name: name.name, mode: mode, isRewritten: work.rewrites,
                    isScanned: work.scans))
        }
    }

    /// A lock on a table and on all its partitions and children, unless it is written with `ONLY`.
    mutating func lockTree(
        _ relation: SyntaxNode?, _ mode: TableLockMode, _ work: TableWork = .none
    ) {
        guard let name = relation?.relationName else { return doubt() }
        lock(name, mode, work)
        guard relation?.flag("inh") == true else { return }
        for child in schema.descendants(of: name) { lock(child, mode, work) }
    }
}
