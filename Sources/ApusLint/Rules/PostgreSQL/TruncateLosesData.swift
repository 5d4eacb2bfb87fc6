import ApusCore

extension Rule {
    static let truncateLosesData = Rule(
        "truncate-loses-data", .postgres, level: .error,
        summary: "TRUNCATE loses all rows of a table, and no rollback brings them back",
        page: Page(
            why: """
                The rows are gone when the transaction ends, and only a backup has them. `TRUNCATE` takes ACCESS EXCLUSIVE until then. \
                With `CASCADE` it also empties every table that refers to one of those named, and the tables that refer to \
                these.
                """,
            instead: """
                Copy the rows to another table first, or say in an allowance why nobody misses them. Name each table, and leave \
                `CASCADE` out: the server refuses if another one refers to them.
                """,
            references: ["https://www.postgresql.org/docs/current/sql-truncate.html"]),
        examples: [
            .bad(
                "a table in use", earlier: "CREATE TABLE guests (id bigint);", "TRUNCATE guests;"),
            .bad(
                "with all that refer to it",
                earlier: "CREATE TABLE guests (id bigint PRIMARY KEY);",
                "TRUNCATE TABLE guests CASCADE;"),
            .good(
                "a table that the same section made",
                """
                CREATE TABLE guests_new (id bigint);
                TRUNCATE guests_new;
                """),
        ],
        check: .statement { subject in
            guard let truncate = subject.tree, truncate.is("TruncateStmt") else { return [] }
            let isCascading = truncate.has("behavior", "DROP_CASCADE")
            let tables = truncate.list("relations").compactMap(\.relationName).filter {
                !subject.isNew($0)
            }
            guard !tables.isEmpty else { return [] }
            let names = tables.map(\.description).joined(separator: ", ")
            let violation = subject.violation(
                "the rows of \(names)\(isCascading ? " and of every table that refers there" : "") are lost",
                help: [
                    "say why they are not missed: -- apus: allow truncate-loses-data REASON"
                ])
            let isUndone = tables.allSatisfy {
                subject.isUndoing(subject.before.tables[$0]?.birth)
            }
            return [isUndone ? violation.asNotice : violation]
        })
}
