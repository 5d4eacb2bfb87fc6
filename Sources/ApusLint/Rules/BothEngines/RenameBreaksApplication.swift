import ApusCore

extension Rule {
    static let renameBreaksApplication = Rule(
        "rename-breaks-application", .postgres, .sqlite, level: .error,
        summary: "A table, column or schema is renamed or moved under the application that runs",
        page: Page(
            why: """
                The rename itself takes a moment. But between the migration and the last instance of the old application version, \
                every query with the old name (or, after `SET SCHEMA`, the old schema) fails; and after a rollback of the application, all of them do.
                """,
            instead: """
                Expand, then contract. For a column: add the new one, write both, copy, read the new one, and drop the old one in a \
                later release. For a table of PostgreSQL: rename it and create a view of the old name in the same \
                transaction; a simple view can be written to. Where the application stands still meanwhile, say so in \
                an allowance.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html",
                "https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS",
            ]),
        examples: [
            .bad(
                "a column", earlier: "CREATE TABLE guests (id bigint, phone text);",
                "ALTER TABLE guests RENAME COLUMN phone TO telephone;"),
            .bad(
                "a table", earlier: "CREATE TABLE guests (id bigint);",
                "ALTER TABLE guests RENAME TO visitors;"),
            .bad(
                "a table that moves to another schema",
                earlier: "CREATE SCHEMA archive; CREATE TABLE guests (id bigint);",
                "ALTER TABLE guests SET SCHEMA archive;"),
            .bad(
                "a schema", earlier: "CREATE SCHEMA archive;",
                "ALTER SCHEMA archive RENAME TO past;"),
            .good(
                "a new column beside the old one",
                earlier: "CREATE TABLE guests (id bigint, phone text);",
                "ALTER TABLE guests ADD COLUMN telephone text;"),
            .good(
                "a table that keeps a view under its old name",
                earlier: "CREATE TABLE guests (id bigint);",
                """
                ALTER TABLE guests RENAME TO visitors;
                CREATE VIEW guests AS SELECT * FROM visitors;
                """),
        ],
        check: .statement { subject in
            guard let rename = Renaming(subject), !subject.isNew(rename.table),
                !rename.isCovered(in: subject)
            else { return [] }
            let violation = subject.violation(
                "the application that runs knows \(rename.old), not \(rename.new)",
                help: [rename.help])
            return [subject.direction == .down ? violation.asNotice : violation]
        })
}

private struct Renaming {
    var table: ObjectName
    var old: String
    var new: String
    var kind: Kind

    enum Kind { case table, column, schema }

    init?(_ subject: StatementSubject) {
        switch subject.sqliteDefinition {
        case .renameTable(let old, let new):
            self.init(table: ObjectName(old), old: old, new: new, kind: .table)
            return
        case .renameColumn(let table, let old, let new):
            self.init(table: ObjectName(table), old: old, new: new, kind: .column)
            return
        default: break
        }
        if let node = subject.tree, node.is("AlterObjectSchemaStmt"),
            node.has("objectType", "OBJECT_TABLE") || node.has("objectType", "OBJECT_VIEW"),
            let table = node["relation"]?.relationName, let schema = node.text("newschema")
        {
            self.init(
                table: table, old: table.description, new: "\(schema).\(table.name)",
                kind: .table)
            return
        }
        if let node = subject.tree, node.is("RenameStmt"),
            node.has("renameType", "OBJECT_SCHEMA"),
            let old = node.text("subname"), let new = node.text("newname")
        {
            self.init(table: ObjectName(old), old: old, new: new, kind: .schema)
            return
        }
        guard let node = subject.tree, node.is("RenameStmt"),
            let table = node["relation"]?.relationName, let new = node.text("newname")
        else { return nil }
        if node.has("renameType", "OBJECT_TABLE") || node.has("renameType", "OBJECT_VIEW") {
            self.init(table: table, old: table.name, new: new, kind: .table)
        } else if node.has("renameType", "OBJECT_COLUMN"), let old = node.text("subname") {
            self.init(table: table, old: old, new: new, kind: .column)
        } else {
            return nil
        }
    }

    private init(table: ObjectName, old: String, new: String, kind: Kind) {
        self.table = table
        self.old = old
        self.new = new
        self.kind = kind
    }

    /// Whether the same transaction puts a view in the place of the table.
    func isCovered(in subject: StatementSubject) -> Bool {
        kind == .table && subject.isInTransaction
            && subject.isFollowed(by: { node in
                node.is("ViewStmt") && node["view"]?.relationName == table
            })
    }

    var help: String {
        switch kind {
        case .table:
            "CREATE VIEW \(table) AS SELECT * FROM \(new) in the same transaction, until no application knows the old name"
        case .column: "add \(new) beside \(old), write both, and drop \(old) in a later release"
        case .schema:
            "make \(new) beside it with views of what is in \(old), until no application knows the old name"
        }
    }
}
