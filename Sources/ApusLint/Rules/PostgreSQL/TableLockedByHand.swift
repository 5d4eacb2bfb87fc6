import ApusCore

extension Rule {
    static let tableLockedByHand = Rule(
        "table-locked-by-hand", .postgres, level: .warning,
        summary: "LOCK TABLE stops the writes of everybody else until the transaction ends",
        page: Page(
            why: """
                `LOCK TABLE` without a mode takes ACCESS EXCLUSIVE: reads and writes wait until the transaction ends. From SHARE on, \
                writes wait.
                """,
            instead: """
                Statements take the locks that they need. Where two statements must see the same rows, lock the rows \
                (`SELECT … FOR UPDATE`), or take a weak mode that stops only the same migration (`SHARE UPDATE EXCLUSIVE`).
                """,
            references: ["https://www.postgresql.org/docs/current/sql-lock.html"]),
        examples: [
            .bad(
                "a table in use", earlier: "CREATE TABLE guests (id bigint);", "LOCK TABLE guests;"),
            .good(
                "a weak mode", earlier: "CREATE TABLE guests (id bigint);",
                "LOCK TABLE guests IN SHARE UPDATE EXCLUSIVE MODE;"),
        ],
        check: .statement { subject in
            // The numbers of lockdefs.h: 5 is SHARE, 8 is ACCESS EXCLUSIVE.
            guard let lock = subject.tree, lock.is("LockStmt"), lock.number("mode") >= 5 else {
                return []
            }
            let tables = lock.list("relations").compactMap(\.relationName).filter {
                !subject.isNew($0)
            }
            guard !tables.isEmpty else { return [] }
            let names = tables.map(\.description).joined(separator: ", ")
            return [
                subject.violation(
                    "\(lock.number("mode") == 8 ? "reads and writes" : "writes") of \(names) wait until the transaction ends",
                    help: ["leave it out: each statement takes the lock that it needs"])
            ]
        })
}
