import ApusCore

extension Rule {
    static let severalTablesLocked = Rule(
        "several-tables-locked", .postgres, level: .warning,
        summary: "One transaction takes ACCESS EXCLUSIVE on several tables in use",
        page: Page(
            why: """
                The first table stays locked while the statement for the second waits for its own lock. If an application takes them \
                in the other order, both wait for each other: a deadlock, which ends the migration or the application's \
                transaction.
                """,
            instead: "A migration for each table, so that each lock is held for its own moment.",
            references: [
                "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS"
            ]),
        examples: [
            .bad(
                "two tables in use", line: 2,
                earlier: "CREATE TABLE guests (id bigint); CREATE TABLE trips (id bigint);",
                """
                ALTER TABLE guests ADD COLUMN note text;
                ALTER TABLE trips ADD COLUMN note text;
                """),
            .good(
                "one of them is new", earlier: "CREATE TABLE guests (id bigint);",
                """
                CREATE TABLE trips (id bigint);
                ALTER TABLE guests ADD COLUMN note text;
                ALTER TABLE trips ADD COLUMN note text;
                """),
            .good(
                "two changes of one table", earlier: "CREATE TABLE guests (id bigint);",
                """
                ALTER TABLE guests ADD COLUMN note text;
                ALTER TABLE guests ADD COLUMN phone text;
                """),
        ],
        check: .migration { subject in
            guard subject.migration.up.transaction == .wrapped else { return [] }
            var made: Set<ObjectName> = []
            var first: ObjectName?
            for statement in subject.up {
                guard let tree = statement.tree else { continue }
                if let table = tree.madeTable { made.insert(table) }
                guard let table = tree.exclusivelyLockedTable, !made.contains(table),
                    subject.before.tables[table].map({
                        subject.surroundings.plan.contains($0.birth.migration)
                    }) != true
                else { continue }
                guard let other = first, other != table else {
                    first = table
                    continue
                }
                return [
                    subject.violation(
                        "\(other) stays locked for reads and writes while this waits for \(table)",
                        .up, statement, help: ["a migration for each table"])
                ]
            }
            return []
        })
}

extension SyntaxNode {
    /// The table that a statement makes.
    fileprivate var madeTable: ObjectName? {
        if `is`("CreateStmt"), !flag("if_not_exists") { return self["relation"]?.relationName }
        if `is`("CreateTableAsStmt") { return self["into"]?["rel"]?.relationName }
        return nil
    }

    /// The table that an `ALTER TABLE` takes for itself alone.
    fileprivate var exclusivelyLockedTable: ObjectName? {
        guard `is`("AlterTableStmt"), has("objtype", "OBJECT_TABLE"),
            list("cmds").contains(where: \.needsAccessExclusive)
        else { return nil }
        return self["relation"]?.relationName
    }

    private var needsAccessExclusive: Bool {
        switch text("subtype") {
        case "AT_ValidateConstraint", "AT_SetStatistics", "AT_SetOptions", "AT_ResetOptions",
            "AT_SetRelOptions", "AT_ResetRelOptions", "AT_AttachPartition", "AT_ClusterOn",
            "AT_DropCluster", "AT_EnableTrig", "AT_EnableTrigAll", "AT_EnableTrigUser",
            "AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser":
            return false
        case "AT_AddConstraint": return self["def"]?.has("contype", "CONSTR_FOREIGN") != true
        default: return true
        }
    }
}
