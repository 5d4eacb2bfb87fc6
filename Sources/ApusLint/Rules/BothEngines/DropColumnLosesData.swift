import ApusCore

extension Rule {
    static let dropColumnLosesData = Rule(
        "drop-column-loses-data", .postgres, .sqlite, level: .error,
        summary: "DROP COLUMN loses the column's values, and no rollback brings them back",
        page: Page(
            why: """
                The values are gone; the down section can add the column again, but only a backup has what stood in it. The \
                application version that still runs fails wherever it names the column, and prepared `SELECT *` \
                statements of PostgreSQL fail as well. SQLite rewrites the whole table.

                In a down section, dropping what the up section added is what undoing means: a notice.
                """,
            instead: """
                First release a version of the application that no longer reads or writes the column (and drop its `NOT \
                NULL`, so that it can be left out). Then drop it, with an allowance that says why nobody misses the values.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DROP-COLUMN",
                "https://www.sqlite.org/lang_altertable.html#altertabdropcol",
            ]),
        examples: [
            .bad(
                "a column in use", earlier: "CREATE TABLE guests (id bigint, phone text);",
                "ALTER TABLE guests DROP COLUMN phone;"),
            .bad(
                "among other changes", line: 3,
                earlier: "CREATE TABLE guests (id bigint, phone text);",
                """
                ALTER TABLE guests
                    ADD COLUMN telephone text,
                    DROP phone;
                """),
            .bad(
                "undone by dropping what it added, with the values written since",
                earlier: "CREATE TABLE guests (id bigint);",
                up: "ALTER TABLE guests ADD COLUMN phone text;",
                down: "ALTER TABLE guests DROP COLUMN phone;"),
            .bad(
                "a column in use", on: .sqlite,
                earlier: "CREATE TABLE guests (id integer, phone text);",
                "ALTER TABLE guests DROP COLUMN phone;"),
            .bad(
                "a rebuild without a column", on: .sqlite, line: 3,
                earlier: "CREATE TABLE guests (id integer, phone text);",
                """
                CREATE TABLE guests_new (id integer PRIMARY KEY);
                INSERT INTO guests_new SELECT id FROM guests;
                DROP TABLE guests;
                ALTER TABLE guests_new RENAME TO guests;
                """),
            .bad(
                "a rebuild in which a column may have another name", on: .sqlite, line: 3,
                earlier: "CREATE TABLE guests (id integer, phone text);",
                """
                CREATE TABLE guests_new (id integer PRIMARY KEY, telephone text);
                INSERT INTO guests_new (id, telephone) SELECT id, phone FROM guests;
                DROP TABLE guests;
                ALTER TABLE guests_new RENAME TO guests;
                """),
            .good(
                "with a reason", earlier: "CREATE TABLE guests (id bigint, phone text);",
                """

                -- apus: allow drop-column-loses-data not read since 1.1.0, and empty
                ALTER TABLE guests DROP COLUMN phone;
                """),
        ],
        check: .statement { subject in
            if case .dropColumn(let table, let column) = subject.sqliteDefinition {
                return [loss(of: column, in: ObjectName(table), subject, subject.statement.range)]
                    .compactMap(\.self)
            }
            if case .dropTable(let table) = subject.sqliteDefinition {
                return losses(ofRebuilt: ObjectName(table), subject)
            }
            guard let alter = subject.alterTable else { return [] }
            return alter.actions.compactMap { action in
                guard action.kind == "AT_DropColumn", let column = action.name else { return nil }
                return loss(of: column, in: alter.table, subject, action.range)
            }
        })

    /// What a rebuild of SQLite has no place for. Where no rows are copied at all, another rule says so.
    private static func losses(
        ofRebuilt table: ObjectName, _ subject: StatementSubject
    ) -> [Violation] {
        guard let replacement = subject.replacement(of: table), subject.copiesRows(of: table),
            let old = subject.before.tables[table]?.columns,
            let new = subject.before.tables[replacement]?.columns, !new.isEmpty
        else { return [] }
        let added = new.keys.filter { old[$0] == nil }.sorted()
        return old.keys.filter { new[$0] == nil }.sorted().compactMap { column in
            let loss = loss(of: column, in: table, subject, subject.statement.range)
            guard !added.isEmpty, var loss else { return loss }
            // It may have another name there.
            loss.message += ", unless \(replacement) has them as \(added.joined(separator: " or "))"
            return loss.limit == .notice ? loss : loss.asWarning
        }
    }

    private static func loss(
        of column: String, in table: ObjectName, _ subject: StatementSubject, _ range: Range<Int>
    ) -> Violation? {
        guard !subject.isNew(table) else { return nil }
        let birth = subject.before.tables[table]?.columns[column]?.birth
        if let birth, subject.isNew(birth) { return nil }
        if subject.isUndoing(birth) || subject.direction == .down && birth == nil {
            return subject.violation(
                "undoing this loses the values of \(table).\(column)", in: range,
                help: ["have a backup when it is undone: apus backup"]
            ).asNotice
        }
        return subject.violation(
            "the values of \(table).\(column) are lost", in: range,
            help: [
                "drop it when no application uses it any more, and say why its values are not missed: -- apus: allow drop-column-loses-data REASON"
            ])
    }
}
