import ApusCore

extension Rule {
    static let notNullWithoutValidatedCheck = Rule(
        "not-null-without-validated-check", .postgres, level: .error,
        summary: "SET NOT NULL reads the whole table while nobody may read or write it",
        page: Page(
            why: """
                `ALTER COLUMN … SET NOT NULL` takes ACCESS EXCLUSIVE and looks at every row for a NULL. Until it has seen all of \
                them, reads and writes wait. `ADD PRIMARY KEY USING INDEX` does the same for a column that may be NULL.
                """,
            instead: """
                Where a validated check says `COLUMN IS NOT NULL`, the server believes it and reads nothing. So, in two \
                migrations: `ADD CONSTRAINT … CHECK (column IS NOT NULL) NOT VALID`; then `VALIDATE CONSTRAINT`, which lets reads and \
                writes go on, `SET NOT NULL`, and drop the check.

                PostgreSQL 18 has `ADD CONSTRAINT … NOT NULL column NOT VALID` for it.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL"
            ]),
        examples: [
            .fixable(
                "on a table in use",
                earlier: "CREATE TABLE guests (id bigint, email text);",
                "ALTER TABLE guests ALTER COLUMN email SET NOT NULL;",
                down: "ALTER TABLE guests ALTER COLUMN email DROP NOT NULL;"),
            .fixable(
                "with a check that is not validated",
                earlier: """
                    CREATE TABLE guests (id bigint, email text);
                    ALTER TABLE guests ADD CONSTRAINT guests_email_null CHECK (email IS NOT NULL) NOT VALID;
                    """,
                "ALTER TABLE guests ALTER COLUMN email SET NOT NULL;",
                down: "ALTER TABLE guests ALTER COLUMN email DROP NOT NULL;"),
            .bad(
                "a primary key of an index whose column may be NULL",
                earlier:
                    "CREATE TABLE guests (id bigint); CREATE UNIQUE INDEX guests_key ON guests (id);",
                "ALTER TABLE guests ADD CONSTRAINT guests_pkey PRIMARY KEY USING INDEX guests_key;"
            ),
            .good(
                "a primary key of an index whose column is never NULL",
                earlier:
                    "CREATE TABLE guests (id bigint NOT NULL); CREATE UNIQUE INDEX guests_key ON guests (id);",
                "ALTER TABLE guests ADD CONSTRAINT guests_pkey PRIMARY KEY USING INDEX guests_key;"
            ),
            .good(
                "with a check that an earlier migration validated",
                earlier: """
                    CREATE TABLE guests (id bigint, email text);
                    ALTER TABLE guests ADD CONSTRAINT guests_email_null CHECK (email IS NOT NULL) NOT VALID;
                    ALTER TABLE guests VALIDATE CONSTRAINT guests_email_null;
                    """,
                """
                ALTER TABLE guests ALTER COLUMN email SET NOT NULL;
                ALTER TABLE guests DROP CONSTRAINT guests_email_null;
                """),
        ],
        fix: Remedy(
            "Adds a check `NOT VALID`; a migration behind this one validates it, sets `NOT NULL`, which then reads nothing, and drops the check."
        ) { (subject, violation) throws(FixRefusal) in
            try subject.requireUp()
            let (alter, action, part) = try subject.action(of: violation)
            guard action.kind == "AT_SetNotNull" else {
                throw FixRefusal("NOT NULL has to be set in a migration before the primary key")
            }
            try subject.refuseOnly()
            let column = action.name ?? ""
            let name = "\(alter.table.name)_\(column)_never_null"
            guard name.utf8.count <= SQLName.longest else {
                throw FixRefusal("the name of its check would be too long")
            }
            let partner = subject.undoingAction(of: alter.table) {
                $0.kind == "AT_DropNotNull" && $0.name == column
            }
            if subject.migration.down != nil, partner == nil {
                throw FixRefusal("its down section does not drop NOT NULL of \(column)")
            }
            let check =
                "ADD CONSTRAINT \(SQLName.quoted(name)) CHECK (\(SQLName.quoted(column)) IS NOT NULL) NOT VALID"
            let drop = "DROP CONSTRAINT \(SQLName.quoted(name))"
            var fix = Fix(part: part, change: .text(check), partner: partner, partnerText: drop)
            let table = subject.alterTableText
            let of = "\(table) ALTER COLUMN \(SQLName.quoted(column))"
            fix.later = Fix.Later(
                table: alter.table,
                up: [
                    "\(table) VALIDATE CONSTRAINT \(SQLName.quoted(name))", "\(of) SET NOT NULL",
                    "\(table) \(drop)",
                ],
                down: ["\(table) \(check)", "\(of) DROP NOT NULL"])
            fix.stake = Stake(table: alter.table, names: [name], columns: part.range)
            return fix
        },
        check: .statement { subject in
            guard let alter = subject.alterTable, !subject.isNew(alter.table) else { return [] }
            let table = subject.before.tables[alter.table]
            return alter.actions.flatMap { action -> [Violation] in
                columns(action, subject.before, alter.table).compactMap { column -> Violation? in
                    guard table?.columns[column]?.isNotNull != true else { return nil }
                    let checks = table?.constraints.filter {
                        $0.kind == .check && $0.columns == [column]
                    }
                    guard checks?.contains(where: \.isValidated) != true else { return nil }
                    return subject.violation(
                        "reads and writes of \(alter.table) wait while all its rows are looked at for a NULL in \(column)",
                        in: action.range,
                        help: [
                            checks?.isEmpty == false
                                ? "validate the check in an earlier migration: ALTER TABLE \(alter.table) VALIDATE CONSTRAINT …"
                                : "first ADD CONSTRAINT … CHECK (\(column) IS NOT NULL) NOT VALID, then VALIDATE CONSTRAINT, then SET NOT NULL"
                        ]
                    ).growing(with: alter.table)
                }
            }
        })

    /// The columns that an action looks through for a NULL, as far as they are known.
    private static func columns(
        _ action: AlterTable.Action, _ schema: KnownSchema, _ table: ObjectName
    ) -> [String] {
        if action.kind == "AT_SetNotNull" { return [action.name].compactMap(\.self) }
        guard let definition = action.definition, definition.has("contype", "CONSTR_PRIMARY"),
            let index = definition.text("indexname")
        else { return [] }
        let known = schema.tables[table]?.columns ?? [:]
        return schema.columns(ofIndex: index, of: table)?.filter { known[$0] != nil } ?? []
    }
}
