import ApusCore

extension Rule {
    static let rowsChangedAllAtOnce = Rule(
        "rows-changed-all-at-once", .postgres, level: .warning,
        summary: "UPDATE or DELETE without WHERE locks every row until the transaction ends",
        page: Page(
            why: """
                Each row that is changed stays locked until the transaction ends: whoever wants to write one of them waits. An \
                `UPDATE` of all rows writes a second copy of the table and of its indexes, and vacuum can clear nothing away \
                meanwhile. A `DELETE` of all rows loses them.
                """,
            instead: """
                Change them in batches, each in its own transaction: in a migration with `-- apus: no-transaction`, one statement for \
                each range of keys, or by a program. Leave out what is right already: `WHERE column IS DISTINCT FROM value`.
                """,
            references: [
                "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS"
            ]),
        examples: [
            .bad(
                "a column is filled", earlier: "CREATE TABLE guests (id bigint, phone text);",
                "UPDATE guests SET phone = '';"),
            .bad(
                "all rows are deleted", earlier: "CREATE TABLE guests (id bigint);",
                "DELETE FROM guests;"),
            .good(
                "one range of keys", earlier: "CREATE TABLE guests (id bigint, phone text);",
                "UPDATE guests SET phone = '' WHERE phone IS NULL AND id BETWEEN 1 AND 10000;"),
            .good(
                "in a table that the same section made",
                """
                CREATE TABLE guests (id bigint, phone text);
                UPDATE guests SET phone = '';
                """),
        ],
        check: .statement { subject in
            guard let tree = subject.tree, tree.is("UpdateStmt") || tree.is("DeleteStmt"),
                tree["whereClause"] == nil, let table = tree["relation"]?.relationName,
                !subject.isNew(table)
            else { return [] }
            let isUpdate = tree.is("UpdateStmt")
            let violation = subject.violation(
                isUpdate
                    ? "every row of \(table) is written anew and stays locked until the transaction ends"
                    : "every row of \(table) is deleted, and stays locked until the transaction ends",
                help: [
                    "in batches: a WHERE over a range of keys, in a migration with `-- apus: no-transaction`"
                ]
            ).growing(with: table)
            return [subject.direction == .down ? violation.asNotice : violation]
        })
}
