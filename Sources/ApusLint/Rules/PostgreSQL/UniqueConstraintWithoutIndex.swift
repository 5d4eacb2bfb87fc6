import ApusCore

extension Rule {
    static let uniqueConstraintWithoutIndex = Rule(
        "unique-constraint-without-index", .postgres, level: .error,
        summary:
            "A primary key or unique constraint builds its index while nobody may read or write",
        page: Page(
            why: """
                `ADD PRIMARY KEY` and `ADD UNIQUE` build an index of all rows, and unlike `CREATE INDEX` they do it under ACCESS \
                EXCLUSIVE: reads and writes wait until it is built.
                """,
            instead: """
                Build the index with `CREATE UNIQUE INDEX CONCURRENTLY` in a migration of its own with `-- apus: \
                no-transaction`. Then `ADD CONSTRAINT … UNIQUE USING INDEX` (or `PRIMARY KEY USING INDEX`), which takes a \
                moment. The columns of a primary key should be NOT NULL before: otherwise all rows are looked at for a NULL.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX"
            ]),
        examples: [
            .fixable(
                "a unique constraint on a table in use", line: 3,
                earlier: "CREATE TABLE guests (id bigint, email text);",
                others: ["drop-column-loses-data"],
                """
                ALTER TABLE guests
                    ADD COLUMN phone text,
                    ADD CONSTRAINT guests_email_key UNIQUE (email);
                """,
                down: """
                    ALTER TABLE guests
                        DROP CONSTRAINT guests_email_key,
                        DROP COLUMN phone;
                    """),
            .fixable(
                "a primary key on a table in use",
                earlier: "CREATE TABLE guests (id bigint NOT NULL);",
                "ALTER TABLE guests ADD PRIMARY KEY (id);",
                down: "ALTER TABLE guests DROP CONSTRAINT guests_pkey;"),
            .bad(
                "a new column that is unique", earlier: "CREATE TABLE guests (id bigint);",
                "ALTER TABLE guests ADD COLUMN email text UNIQUE;"),
            .good(
                "of an index that an earlier migration built",
                earlier: """
                    CREATE TABLE guests (id bigint, email text);
                    CREATE UNIQUE INDEX guests_email_key ON guests (email);
                    """,
                "ALTER TABLE guests ADD CONSTRAINT guests_email_key UNIQUE USING INDEX guests_email_key;"
            ),
            .good(
                "on a table that nobody uses yet",
                """
                CREATE TABLE guests (id bigint, email text);
                ALTER TABLE guests ADD PRIMARY KEY (id), ADD UNIQUE (email);
                """),
        ],
        fix: Remedy(
            "Builds the index concurrently and makes the constraint of it: in the same file, where that does nothing else, or in a migration of its own behind it."
        ) { (subject, violation) throws(FixRefusal) in
            try subject.requireUp()
            let (alter, action, part) = try subject.action(of: violation)
            try subject.refuseIfExists()
            guard let definition = action.definition else {
                throw FixRefusal("its constraint cannot be read")
            }
            try subject.requirePlain(alter.table, "its index cannot be built concurrently")
            let name = try ChosenName(table: alter.table, schema: subject.before)
                .constraint(definition)
            let index = try UniqueIndex(definition, named: name, on: subject)
            let partner = subject.undoingAction(of: alter.table) {
                $0.kind == "AT_DropConstraint" && $0.name == name
            }
            try subject.requireUnnamedInDown(name, except: partner)
            var fix = Fix(
                part: part, change: .outside([index.creation, index.constraint]), partner: partner)
            fix.undo = ["\(subject.alterTableText) DROP CONSTRAINT \(SQLName.quoted(name))"]
            fix.stake = Stake(
                table: alter.table, names: [name], isReliedUpon: true, columns: part.range)
            return fix
        },
        check: .statement { subject in
            guard let alter = subject.alterTable, !subject.isNew(alter.table) else { return [] }
            return alter.actions.flatMap { action -> [Violation] in
                guard let definition = action.definition else { return [] }
                switch action.kind {
                case "AT_AddConstraint":
                    guard buildsIndex(definition) else { return [] }
                    return [
                        subject.violation(message(alter.table), in: action.range, help: help)
                            .growing(with: alter.table)
                    ]
                case "AT_AddColumn":
                    return definition.list("constraints").filter(buildsIndex).map {
                        subject.violation(
                            message(alter.table), at: $0,
                            help: ["add the column first; \(help[0])"]
                        ).growing(with: alter.table)
                    }
                default: return []
                }
            }
        })

    private static let help = [
        "CREATE UNIQUE INDEX CONCURRENTLY in a migration of its own with `-- apus: no-transaction`, then ADD CONSTRAINT … USING INDEX"
    ]

    private static func message(_ table: ObjectName) -> String {
        "reads and writes of \(table) wait while the constraint's index is built"
    }

    private static func buildsIndex(_ constraint: SyntaxNode) -> Bool {
        (constraint.has("contype", "CONSTR_UNIQUE") || constraint.has("contype", "CONSTR_PRIMARY"))
            && constraint.text("indexname") == nil
    }
}

/// The index of a unique constraint or primary key, as two statements of their own.
private struct UniqueIndex {
    let creation: String
    let constraint: String

    init(
        _ node: SyntaxNode, named name: String, on subject: StatementSubject
    ) throws(FixRefusal) {
        guard node.list("options").isEmpty, node.text("indexspace") == nil else {
            throw FixRefusal("its index has parameters or a tablespace of its own")
        }
        let keys = node.names("keys")
        let isPrimary = node.has("contype", "CONSTR_PRIMARY")
        let columns = subject.alterTable.flatMap { subject.before.tables[$0.table]?.columns } ?? [:]
        if isPrimary, let key = keys.first(where: { columns[$0]?.isNotNull != true }) {
            throw FixRefusal(
                "\(key) is not NOT NULL as far as is known: all rows would be looked at for a NULL")
        }
        let table = subject.tree?["relation"]?.writtenName ?? ""
        let quoted = SQLName.quoted(name)
        func list(_ names: [String]) -> String {
            "(\(names.map(SQLName.quoted).joined(separator: ", ")))"
        }
        var creation = "CREATE UNIQUE INDEX CONCURRENTLY \(quoted) ON \(table) \(list(keys))"
        let included = node.names("including")
        if !included.isEmpty { creation += " INCLUDE \(list(included))" }
        if node.flag("nulls_not_distinct") { creation += " NULLS NOT DISTINCT" }
        var constraint =
            "ALTER TABLE \(table) ADD CONSTRAINT \(quoted) \(isPrimary ? "PRIMARY KEY" : "UNIQUE") USING INDEX \(quoted)"
        if node.flag("deferrable") { constraint += " DEFERRABLE" }
        if node.flag("initdeferred") { constraint += " INITIALLY DEFERRED" }
        self.creation = creation
        self.constraint = constraint
    }
}
