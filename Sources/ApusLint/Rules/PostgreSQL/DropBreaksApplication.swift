import ApusCore

extension Rule {
    static let dropBreaksApplication = Rule(
        "drop-breaks-application", .postgres, level: .warning,
        summary:
            "A view, function, type, sequence or the like is dropped under the application that runs",
        page: Page(
            why: """
                No rows are lost, but between the migration and the last instance of the old application version each query that names the \
                object fails. Without a unique constraint `INSERT … ON CONFLICT` fails; a constraint that is dropped is a notice, \
                and a check none: without it, more is allowed than before.

                In a down section it is what undoing means, and where the same section makes the object again nobody misses it.
                """,
            instead: """
                First release a version of the application that no longer names it. Then drop it, with an allowance that says so.
                """,
            references: ["https://www.postgresql.org/docs/current/ddl-depend.html"]),
        examples: [
            .bad(
                "a view", earlier: "CREATE VIEW arrivals AS SELECT 1 AS id;", "DROP VIEW arrivals;"),
            .bad(
                "a function", line: 1,
                earlier:
                    "CREATE FUNCTION nights() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';",
                "DROP FUNCTION nights();"),
            .bad(
                "a constraint that INSERT … ON CONFLICT may name",
                earlier: "CREATE TABLE guests (id bigint, CONSTRAINT guests_id_key UNIQUE (id));",
                "ALTER TABLE guests DROP CONSTRAINT guests_id_key;"),
            .bad(
                "a default that an insert may count on",
                earlier: "CREATE TABLE guests (id bigint, phone text DEFAULT '');",
                "ALTER TABLE guests ALTER COLUMN phone DROP DEFAULT;"),
            .good(
                "a view that is made again", earlier: "CREATE VIEW arrivals AS SELECT 1 AS id;",
                """
                DROP VIEW arrivals;
                CREATE VIEW arrivals AS SELECT 1 AS number;
                """),
            .good(
                "undone", "CREATE VIEW arrivals AS SELECT 1 AS id;", down: "DROP VIEW arrivals;"),
        ],
        check: .statement { subject in
            guard subject.direction == .up else { return [] }
            if let alter = subject.alterTable { return droppedParts(alter, subject) }
            guard let drop = subject.tree, drop.is("DropStmt"), let kind = drop.droppedKind else {
                return []
            }
            return drop.allDroppedNames.compactMap { name in
                if let type = subject.before.enums[name]?.birth, kind == "type",
                    subject.isNew(type)
                {
                    return nil
                }
                if kind == "materialised view", subject.isNew(name) { return nil }
                if subject.isFollowed(by: { $0.madeName == name }) { return nil }
                return subject.violation(
                    "the application that runs may still name the \(kind) \(name)", help: help)
            }
        })

    private static let help = [
        "drop it when no application names it any more, and say so: -- apus: allow drop-breaks-application REASON"
    ]

    private static func droppedParts(
        _ alter: AlterTable, _ subject: StatementSubject
    ) -> [Violation] {
        guard !subject.isNew(alter.table) else { return [] }
        return alter.actions.compactMap { action in
            switch action.kind {
            case "AT_DropExpression":
                return subject.violation(
                    "\(action.name ?? "the column") is no longer computed: the application that runs does not write it",
                    in: action.range, help: help)
            case "AT_ColumnDefault":
                guard action.definition == nil, let column = action.name else { return nil }
                let birth = subject.before.tables[alter.table]?.columns[column]?.birth
                if let birth, subject.isNew(birth) { return nil }
                return subject.violation(
                    "the application that runs may leave out \(column), which is NULL then",
                    in: action.range, help: help
                ).asNotice
            case "AT_DropConstraint":
                let known = subject.before.tables[alter.table]?.constraints.first {
                    $0.name == action.name
                }
                if known?.kind == .check { return nil }
                if let known, subject.isNew(known.birth) { return nil }
                return subject.violation(
                    "the application that runs may count on \(action.name ?? "the constraint")",
                    in: action.range, help: help
                ).asNotice
            default: return nil
            }
        }
    }
}

extension SyntaxNode {
    /// What a `DROP` takes away that queries name, other than tables and indexes.
    fileprivate var droppedKind: String? {
        switch text("removeType") {
        case "OBJECT_VIEW": "view"
        case "OBJECT_MATVIEW": "materialised view"
        case "OBJECT_FUNCTION": "function"
        case "OBJECT_PROCEDURE": "procedure"
        case "OBJECT_ROUTINE": "routine"
        case "OBJECT_AGGREGATE": "aggregate"
        case "OBJECT_TYPE": "type"
        case "OBJECT_DOMAIN": "domain"
        case "OBJECT_SEQUENCE": "sequence"
        case "OBJECT_SCHEMA": "schema"
        case "OBJECT_EXTENSION": "extension"
        default: nil
        }
    }

    fileprivate var allDroppedNames: [ObjectName] {
        list("objects").compactMap { object in
            if object.is("String") { return object.text("sval").map { ObjectName($0) } }
            if object.is("ObjectWithArgs") { return ObjectName(parts: object.names("objname")) }
            return ObjectName(
                parts: object.is("TypeName") ? object.names("names") : object.names("items"))
        }
    }

    /// The name of what a statement makes, of the kinds above.
    fileprivate var madeName: ObjectName? {
        switch kind {
        case "ViewStmt": self["view"]?.relationName
        case "CreateTableAsStmt": self["into"]?["rel"]?.relationName
        case "CreateFunctionStmt": ObjectName(parts: names("funcname"))
        case "CreateEnumStmt", "CreateRangeStmt": ObjectName(parts: names("typeName"))
        case "CreateDomainStmt": ObjectName(parts: names("domainname"))
        case "CompositeTypeStmt": self["typevar"]?.relationName
        case "CreateSeqStmt": self["sequence"]?.relationName
        case "CreateSchemaStmt": text("schemaname").map { ObjectName($0) }
        case "CreateExtensionStmt": text("extname").map { ObjectName($0) }
        case "DefineStmt": ObjectName(parts: names("defnames"))
        default: nil
        }
    }
}
