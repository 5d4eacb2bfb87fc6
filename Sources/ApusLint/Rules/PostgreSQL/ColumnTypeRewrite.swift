import ApusCore

extension Rule {
    static let columnTypeRewrite = Rule(
        "column-type-rewrite", .postgres, level: .error,
        summary: "A change of a column's type writes the whole table anew",
        page: Page(
            why: """
                `ALTER COLUMN … TYPE` takes ACCESS EXCLUSIVE, writes every row and every index anew, and needs the space of a second \
                table meanwhile. Reads and writes wait until it is done.

                Nothing is rewritten where the old values are valid as they are: a longer `varchar`, `varchar` to `text`, \
                a `numeric` of more digits and the same scale, a longer `timestamp`, `cidr` to `inet`. With another collation, \
                though, the column's indexes are built anew under the same lock.
                """,
            instead: """
                Add a column of the new type, write both, copy in batches, read the new one, and drop the old one in a later \
                release.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES"
            ]),
        examples: [
            .bad(
                "an identifier that became too small",
                earlier: "CREATE TABLE guests (id integer);",
                "ALTER TABLE guests ALTER COLUMN id TYPE bigint;"),
            .bad(
                "a value computed from the old one", line: 2,
                earlier: "CREATE TABLE guests (id bigint, phone text);",
                """
                ALTER TABLE guests
                    ALTER COLUMN phone TYPE text USING trim(phone);
                """),
            .bad(
                "a text that gets shorter",
                earlier: "CREATE TABLE guests (id bigint, phone varchar(40));",
                "ALTER TABLE guests ALTER COLUMN phone TYPE varchar(20);"),
            .bad(
                "another collation, for which an index is built anew",
                earlier:
                    "CREATE TABLE guests (id bigint, name text); CREATE INDEX ON guests (name);",
                "ALTER TABLE guests ALTER COLUMN name TYPE text COLLATE \"C\";"),
            .good(
                "a text that gets longer",
                earlier: "CREATE TABLE guests (id bigint, phone varchar(20));",
                """
                ALTER TABLE guests ALTER COLUMN phone TYPE varchar(40);
                ALTER TABLE guests ALTER COLUMN phone TYPE text;
                """),
            .good(
                "an amount of more digits",
                earlier: "CREATE TABLE guests (id bigint, tax numeric(6,2));",
                "ALTER TABLE guests ALTER COLUMN tax TYPE numeric(10,2);"),
        ],
        check: .statement { subject in
            guard let alter = subject.alterTable, !subject.isNew(alter.table) else { return [] }
            return alter.actions.compactMap { action in
                guard action.kind == "AT_AlterColumnType", let column = action.name,
                    let new = action.definition?["typeName"].flatMap(ColumnType.init)
                else { return nil }
                let old = subject.before.tables[alter.table]?.columns[column]?.type
                let isComputed = action.definition?["raw_default"] != nil
                if let old, !isComputed, old.keepsItsRows(as: new) {
                    guard action.definition?["collClause"] != nil,
                        subject.before.hasIndex(on: column, of: alter.table)
                    else { return nil }
                    return subject.violation(
                        "reads and writes of \(alter.table) wait while the indexes of \(column) are built anew for its collation",
                        in: action.range,
                        help: [
                            "add a column of that collation, write both, copy in batches, and drop the old one later"
                        ]
                    ).growing(with: alter.table)
                }
                let change =
                    old.map { "\($0) to \(new)" } ?? "a type that is not known here to \(new)"
                let violation = subject.violation(
                    "reads and writes of \(alter.table) wait while it is written anew: \(column) goes from \(change)",
                    in: action.range,
                    help: [
                        "add a column of the new type, write both, copy in batches, and drop the old one later"
                    ]
                ).growing(with: alter.table)
                // Without the old type it may be one of the changes that rewrite nothing.
                return old == nil && !isComputed && new.mayKeepRows
                    ? violation.asWarning : violation
            }
        })
}

extension ColumnType {
    /// Whether there is a type from which nothing would have to be rewritten.
    fileprivate var mayKeepRows: Bool {
        name.schema == nil
            && [
                "varchar", "text", "varbit", "numeric", "timestamp", "timestamptz", "time",
                "timetz",
                "inet",
            ].contains(name.name)
    }
}
