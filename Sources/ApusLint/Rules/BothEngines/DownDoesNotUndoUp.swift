import ApusCore

extension Rule {
    static let downDoesNotUndoUp = Rule(
        "down-does-not-undo-up", .postgres, .sqlite, level: .warning,
        summary: "A down section does not lead back to the schema before the migration",
        page: Page(
            why: """
                A rollback that leaves a table, a column or an index behind succeeds, and the next attempt to apply the migration \
                fails because it is there already. One that does not bring back what was dropped leaves the older release of \
                the application without it.

                Compared are names: tables, columns, indexes, views and types, as far as the folder's statements tell. \
                What a function or a `DO` block does is not known, and nothing is said then. The rehearsal compares everything, in a \
                real database.
                """,
            instead: """
                Take back each thing that the up section makes, the last first, and make again what it drops. Then let it be tried: \
                `apus test` goes up, down and up again.
                """,
            references: []),
        examples: [
            .bad(
                "a table that stays", others: ["drop-table-loses-data"],
                up: "CREATE TABLE guests (id bigint); CREATE TABLE stays (id bigint);",
                down: "DROP TABLE guests;"),
            .bad(
                "a column that is not brought back",
                earlier: "CREATE TABLE guests (id bigint, phone text, email text);",
                others: ["drop-column-loses-data", "drop-column-loses-data"],
                up: "ALTER TABLE guests DROP COLUMN phone, DROP COLUMN email;",
                down: "ALTER TABLE guests ADD COLUMN phone text;"),
            .bad(
                "an index that stays", on: .sqlite,
                earlier: "CREATE TABLE guests (id integer, name text, phone text);",
                up: """
                    CREATE INDEX guests_name ON guests (name);
                    CREATE INDEX guests_phone ON guests (phone);
                    """,
                down: "DROP INDEX guests_name;"),
            .bad(
                "a column that a rebuild does not bring back", on: .sqlite,
                earlier: "CREATE TABLE guests (id integer, name text, phone text, email text);",
                others: ["drop-column-loses-data", "drop-column-loses-data"],
                up: """
                    ALTER TABLE guests DROP COLUMN phone;
                    ALTER TABLE guests DROP COLUMN email;
                    """,
                down: """
                    CREATE TABLE guests_old (id integer, name text, phone text);
                    INSERT INTO guests_old (id, name) SELECT id, name FROM guests;
                    DROP TABLE guests;
                    ALTER TABLE guests_old RENAME TO guests;
                    """),
            .good(
                "everything is taken back",
                """
                CREATE TYPE mood AS ENUM ('quiet', 'loud');
                CREATE TABLE guests (id bigint, mood mood);
                CREATE VIEW quiet AS SELECT id FROM guests WHERE mood = 'quiet';
                """,
                down: """
                    DROP VIEW quiet;
                    -- apus: allow drop-table-loses-data guests come back with the next attempt
                    DROP TABLE guests;
                    DROP TYPE mood;
                    """),
            .good(
                "a table that goes with the session",
                "CREATE TEMPORARY TABLE guests (id bigint); CREATE TABLE stays (id bigint);",
                down: """
                    -- apus: allow drop-table-loses-data stays come back with the next attempt
                    DROP TABLE stays;
                    """),
            .good(
                "a table that is rebuilt in both sections", on: .sqlite,
                earlier: "CREATE TABLE notes (id integer, text text);",
                """
                CREATE TABLE notes_new (id integer PRIMARY KEY, text text);
                INSERT INTO notes_new SELECT id, text FROM notes;
                DROP TABLE notes;
                ALTER TABLE notes_new RENAME TO notes;
                """,
                down: """
                    CREATE TABLE notes_old (id integer, text text);
                    INSERT INTO notes_old SELECT id, text FROM notes;
                    DROP TABLE notes;
                    ALTER TABLE notes_old RENAME TO notes;
                    """),
        ],
        check: .migration { subject in
            guard let after = subject.afterDown, let first = subject.down.first,
                !subject.down.allSatisfy(subject.leavesNothingToUndo),
                subject.up.allSatisfy(subject.isWhollyKnown),
                subject.down.allSatisfy(subject.isWhollyKnown)
            else { return [] }
            let unsettled = after.unsettled(since: subject.before)
            guard !unsettled.isEmpty else { return [] }
            let dialect = subject.migration.up.dialect
            let start = subject.before.names(of: dialect, among: unsettled)
            let top = subject.afterUp.names(
                of: dialect, among: unsettled, without: subject.temporary)
            let end = after.names(of: dialect, among: unsettled)
            var differences = top.subtracting(start).intersection(end).map { "\($0) stays" }
            differences += start.subtracting(top).subtracting(end)
                .filter { name in !name.isColumn(ofUnknown: after) }
                .map { "\($0) is not brought back" }
            guard !differences.isEmpty else { return [] }
            return [
                subject.violation(
                    "the down section does not lead back: \(differences.sorted().joined(separator: ", "))",
                    .down, first,
                    help: ["take back all that the up section does, and try it: apus test"])
            ]
        })
}

extension MigrationSubject {
    /// The tables and views of the up section that go with the session.
    fileprivate var temporary: Set<ObjectName> {
        Set(
            up.compactMap { statement in
                if let tree = statement.tree {
                    guard
                        tree.is("CreateStmt") || tree.is("ViewStmt") || tree.is("CreateTableAsStmt")
                    else { return nil }
                    let made = tree["relation"] ?? tree["view"] ?? tree["into"]?["rel"]
                    return made?.has("relpersistence", "t") == true ? made?.relationName : nil
                }
                guard migration.up.dialect == .sqlite else { return nil }
                let words = text(statement).uppercased().split(whereSeparator: \.isWhitespace)
                    .prefix(3)
                guard words.first == "CREATE", words.contains("TEMP") || words.contains("TEMPORARY")
                else { return nil }
                let definition = SQLiteDefinition(statement.statement, in: migration.source)
                if case .createTable(let name, _, _, _) = definition { return ObjectName(name) }
                return nil
            })
    }

    /// Whether what a statement does to the schema is all in its words.
    fileprivate func isWhollyKnown(_ statement: SectionStatement) -> Bool {
        if let tree = statement.tree {
            if ["DoStmt", "CallStmt", "DropOwnedStmt", "CreateExtensionStmt"].contains(tree.kind) {
                return false
            }
            let isWide = ["OBJECT_SCHEMA", "OBJECT_EXTENSION"].contains(tree.text("removeType"))
            return !(tree.is("DropStmt") && isWide)
        }
        if migration.up.dialect == .sqlite { return true }
        // Without a tree: rows, or what the grammar does not take. A function may do anything.
        return switch firstWord(of: statement) {
        case "INSERT", "UPDATE", "DELETE", "COPY", "MERGE", "VALUES", "TABLE": true
        case "SELECT", "WITH": !text(statement).contains("(")
        default: false
        }
    }
}

/// The name of something in a schema.
private enum SchemaName: Hashable, CustomStringConvertible {
    case table(ObjectName)
    case column(ObjectName, String)
    case index(ObjectName)
    case view(ObjectName)
    case type(ObjectName)

    var description: String {
        switch self {
        case .table(let name): "the table \(name)"
        case .column(let table, let column): "the column \(table).\(column)"
        case .index(let name): "the index \(name)"
        case .view(let name): "the view \(name)"
        case .type(let name): "the type \(name)"
        }
    }

    /// Whether it is a column of a table that is gone, which says it for all of them, or whose columns
    /// are not known.
    func isColumn(ofUnknown schema: KnownSchema) -> Bool {
        guard case .column(let table, _) = self else { return false }
        return schema.tables[table]?.columns.isEmpty ?? true
    }
}

extension KnownSchema {
    fileprivate func names(
        of dialect: DatabaseEngine, among chosen: Set<ObjectName>,
        without passing: Set<ObjectName> = []
    ) -> Set<SchemaName> {
        var names: Set<SchemaName> = []
        for (name, table) in tables.some(chosen) where !passing.contains(name) {
            names.insert(.table(name))
            for column in table.columns.keys { names.insert(.column(name, column)) }
        }
        // What the server calls an index depends on what else is there, a unique one goes with the
        // constraint that it was made for, and PostgreSQL drops one along with a column
        // of its expressions and conditions, which are not known.
        for (name, index) in indexes.some(chosen)
        where !index.isNamedByServer && !index.isUnique && !passing.contains(index.table)
            && (index.isPlain || dialect == .sqlite)
        {
            names.insert(.index(name))
        }
        for (name, _) in views.some(chosen) where !passing.contains(name) {
            names.insert(.view(name))
        }
        for (name, _) in domains.some(chosen) { names.insert(.type(name)) }
        for (name, type) in enums.some(chosen) where type.birth != nil {
            names.insert(.type(name))
        }
        return names
    }

    /// The names of what was written and is not as it was.
    fileprivate func unsettled(since other: KnownSchema) -> Set<ObjectName> {
        var names = tables.written.filter {
            tables[$0]?.columns.keys != other.tables[$0]?.columns.keys
        }
        names.formUnion(indexes.changes(since: other.indexes))
        names.formUnion(views.changes(since: other.views))
        names.formUnion(domains.changes(since: other.domains))
        names.formUnion(enums.changes(since: other.enums))
        return names
    }
}

extension Named {
    fileprivate func some(_ names: Set<ObjectName>) -> [(ObjectName, Value)] {
        names.compactMap { name in self[name].map { (name, $0) } }
    }

    /// The names of what was written and came or went.
    fileprivate func changes(since other: Self) -> Set<ObjectName> {
        written.filter { (self[$0] == nil) != (other[$0] == nil) }
    }
}
