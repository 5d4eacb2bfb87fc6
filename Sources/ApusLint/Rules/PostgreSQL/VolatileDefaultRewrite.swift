import ApusCore

extension Rule {
    static let volatileDefaultRewrite = Rule(
        "volatile-default-rewrite", .postgres, level: .error,
        summary: "A new column with a value for each row writes the whole table anew",
        page: Page(
            why: """
                A column with a constant default is added in a moment: the value is kept once, beside the table. A default that \
                differs from row to row (`gen_random_uuid()`, `random()`, `clock_timestamp()`, the sequence of a `serial`, an identity) \
                and a stored generated column must be written into every row: the table and its indexes are written anew \
                under ACCESS EXCLUSIVE, and reads and writes wait. So it is with a column of a domain that has a constraint, \
                whatever its default: each row's value is checked. `now()` is one value for the whole statement, and harmless.
                """,
            instead: """
                Add the column without a default, `ALTER COLUMN … SET DEFAULT` for the rows to come, and fill the others in batches.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
                "https://www.postgresql.org/docs/current/xfunc-volatility.html",
            ]),
        examples: [
            .bad(
                "an identifier for each row", earlier: "CREATE TABLE guests (id bigint);",
                "ALTER TABLE guests ADD COLUMN token uuid DEFAULT gen_random_uuid();"),
            .bad(
                "a number for each row", earlier: "CREATE TABLE guests (name text);",
                "ALTER TABLE guests ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY;"),
            .bad(
                "a number in the old way", earlier: "CREATE TABLE guests (name text);",
                others: ["serial-instead-of-identity"],
                "ALTER TABLE guests ADD COLUMN id bigserial;"),
            .bad(
                "a stored computation", line: 3, earlier: "CREATE TABLE guests (name text);",
                """
                ALTER TABLE guests
                    ADD COLUMN length integer
                        GENERATED ALWAYS AS (length(name)) STORED;
                """),
            .bad(
                "a domain that checks its values",
                earlier: """
                    CREATE DOMAIN nights AS integer CHECK (VALUE > 0);
                    CREATE TABLE guests (id bigint);
                    """,
                "ALTER TABLE guests ADD COLUMN nights nights DEFAULT 3;"),
            .good(
                "a constant, and the time of the migration",
                earlier: "CREATE TABLE guests (id bigint);",
                """
                ALTER TABLE guests
                    ADD COLUMN is_active boolean NOT NULL DEFAULT TRUE,
                    ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
                """),
            .good(
                "a default for the rows to come", earlier: "CREATE TABLE guests (id bigint);",
                """
                ALTER TABLE guests ADD COLUMN token uuid;
                ALTER TABLE guests ALTER COLUMN token SET DEFAULT gen_random_uuid();
                """),
        ],
        check: .statement { subject in
            guard let alter = subject.alterTable, !subject.isNew(alter.table) else { return [] }
            return alter.actions.compactMap { action in
                guard action.kind == "AT_AddColumn", let definition = action.definition,
                    let column = definition.text("colname")
                else { return nil }
                guard let cause = causeOfRewrite(definition, subject.before) else { return nil }
                let violation = subject.violation(
                    "reads and writes of \(alter.table) wait while it is written anew: \(cause.reason(for: column))",
                    at: cause.node,
                    help: [
                        "add the column without it, SET DEFAULT for the rows to come, and fill the others in batches"
                    ]
                ).growing(with: alter.table)
                return cause.isCertain ? violation : violation.asWarning
            }
        })

    private struct Cause {
        var text: String
        var node: SyntaxNode
        /// Whether it is so for sure: a function of the user's may be declared stable.
        var isCertain = true
        /// Whether each value is checked, and may be the same for all rows.
        var isCheck = false

        func reason(for column: String) -> String {
            isCheck
                ? "\(text) has a constraint, which \(column) is checked for in each row"
                : "\(text) gives \(column) a value for each row"
        }
    }

    private static func causeOfRewrite(_ column: SyntaxNode, _ schema: KnownSchema) -> Cause? {
        let type = column["typeName"].flatMap(ColumnType.init)
        if let type, type.isSerial, let node = column["typeName"] {
            return Cause(text: type.name.name, node: node)
        }
        if let type, let node = column["typeName"],
            schema.domains[type.name]?.hasConstraints == true
        {
            return Cause(text: "the domain \(type.name)", node: node, isCheck: true)
        }
        for constraint in column.list("constraints") {
            if constraint.has("contype", "CONSTR_IDENTITY") {
                return Cause(text: "the identity", node: constraint)
            }
            if constraint.has("contype", "CONSTR_GENERATED") {
                return Cause(text: "the stored expression", node: constraint)
            }
            guard constraint.has("contype", "CONSTR_DEFAULT") else { continue }
            // The expression itself may be the call.
            let calls = constraint.all("FuncCall")
            for call in calls {
                let name = call.names("funcname").last ?? ""
                if ServerFunctions.volatile.contains(name) {
                    return Cause(text: "\(name)()", node: call)
                }
            }
            for call in calls {
                let name = call.names("funcname").last ?? ""
                if !ServerFunctions.steady.contains(name) {
                    return Cause(text: "\(name)()", node: call, isCertain: false)
                }
            }
        }
        return nil
    }
}
