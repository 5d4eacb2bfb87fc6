import ApusCore

extension Rule {
    static let lockTimeoutLifted = Rule(
        "lock-timeout-lifted", .postgres, level: .error,
        summary: "A section lets its statements wait for a lock for ever",
        page: Page(
            why: """
                A statement that waits for a strong lock makes everybody wait who comes after it, even for a weak one. One \
                forgotten transaction that only reads then stops the whole table. Apus sets `lock_timeout` for each step, so that the \
                migration gives up instead. A section that sets it to 0, or back to the server's default, gives that up.
                """,
            instead: """
                Leave the setting alone, or say how long it may be with `-- apus: lock-timeout 30s` below the marker. Only a \
                concurrent build waits without making others wait.
                """,
            references: [
                "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT"
            ]),
        examples: [
            .bad(
                "no limit", earlier: "CREATE TABLE guests (id bigint);",
                """
                SET lock_timeout = 0;
                ALTER TABLE guests ADD COLUMN phone text;
                """),
            .bad(
                "the server's default, which is no limit",
                earlier: "CREATE TABLE guests (id bigint);",
                """
                RESET lock_timeout;
                ALTER TABLE guests ADD COLUMN phone text;
                """),
            .good(
                "another limit", earlier: "CREATE TABLE guests (id bigint);",
                """
                SET LOCAL lock_timeout = '2s';
                ALTER TABLE guests ADD COLUMN phone text;
                """),
            .good(
                "for a concurrent build", earlier: "CREATE TABLE guests (id bigint);",
                outsideTransaction: true,
                """
                SET lock_timeout = 0;
                CREATE INDEX CONCURRENTLY guests_id_idx ON guests (id);
                """),
        ],
        check: .statement { subject in
            guard let tree = subject.tree, tree.is("VariableSetStmt"),
                tree.has("kind", "VAR_RESET_ALL")
                    || tree.text("name")?.lowercased() == "lock_timeout"
            else { return [] }
            var timeout = LockTimeout(.seconds(1))
            timeout.take(tree)
            guard timeout.current == nil, subject.isFollowed(by: { !$0.waitsWithoutHarm }) else {
                return []
            }
            return [
                subject.violation(
                    "what follows waits for its locks for ever, and everybody else behind it",
                    help: [
                        "leave it out, or set a limit for the section: -- apus: lock-timeout 30s"
                    ])
            ]
        })
}

extension SyntaxNode {
    /// Whether nobody waits behind the statement while it waits for a lock.
    fileprivate var waitsWithoutHarm: Bool {
        `is`("VariableSetStmt") || `is`("SelectStmt") || flag("concurrent")
            || `is`("ReindexStmt")
                && list("params").contains { $0.text("defname") == "concurrently" }
    }
}
