import ApusCore

extension Rule {
    static let dropCascade = Rule(
        "drop-cascade", .postgres, level: .error,
        summary: "DROP … CASCADE takes along what nobody named",
        page: Page(
            why: """
                `CASCADE` drops whatever depends on the object: views, foreign keys of other tables, functions, columns of \
                that type. What that is depends on the database, and an object that somebody added last week goes without a word. \
                The down section does not bring it back.

                In a down section it is a notice.
                """,
            instead: """
                Drop what depends on it by name first, then the object without `CASCADE`: the server refuses if something is left.
                """,
            references: ["https://www.postgresql.org/docs/current/ddl-depend.html"]),
        examples: [
            .bad(
                "a type with the columns of that type",
                earlier: """
                    CREATE TYPE guest_status AS ENUM ('booked');
                    CREATE TABLE guests (id bigint, status guest_status);
                    """,
                others: ["drop-breaks-application"],
                "DROP TYPE guest_status CASCADE;"),
            .bad(
                "a view in a down section",
                earlier: "CREATE TABLE guests (id bigint);",
                up: "CREATE VIEW arrivals AS SELECT id FROM guests;",
                down: "DROP VIEW arrivals CASCADE;"),
            .good(
                "by name", earlier: "CREATE VIEW arrivals AS SELECT 1 AS id;",
                """

                -- apus: allow drop-breaks-application not read since 1.1.0
                DROP VIEW arrivals;
                """),
        ],
        check: .statement { subject in
            func objection(_ what: String, _ range: Range<Int>) -> Violation {
                let violation = subject.violation(
                    "whatever depends on \(what) is dropped with it", in: range,
                    help: ["drop what depends on it by name, and leave CASCADE out"])
                return subject.direction == .down ? violation.asNotice : violation
            }
            if let alter = subject.alterTable {
                guard !subject.isNew(alter.table) else { return [] }
                return alter.actions.compactMap { action in
                    guard action.node.has("behavior", "DROP_CASCADE"),
                        ["AT_DropColumn", "AT_DropConstraint"].contains(action.kind)
                    else { return nil }
                    return objection(action.name ?? "it", action.range)
                }
            }
            guard let drop = subject.tree, drop.has("behavior", "DROP_CASCADE"),
                drop.is("DropStmt") || drop.is("DropOwnedStmt")
            else { return [] }
            let names = drop.droppedNames
            if !names.isEmpty, drop.has("removeType", "OBJECT_TABLE"),
                names.allSatisfy(subject.isNew)
            {
                return []
            }
            let what =
                names.isEmpty
                ? drop.list("objects").first?.text("sval") ?? "it"
                : names.map(\.description).joined(separator: ", ")
            return [objection(what, subject.statement.range)]
        })
}
