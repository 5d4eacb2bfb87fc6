import ApusCore

extension Rule {
    static let lockTimeoutLifted = Rule(
        "lock-timeout-lifted", .postgres, level: .error,
        summary: "A section lets its statements wait for a lock for ever",
        page: Page(
            why: """
                A statement that waits for a strong lock makes everybody wait who comes after it, even for a weak one. One \
                forgotten transaction that only reads then stops the whole table. Apus sets `lock_timeout` for each step, so that the \
                migration gives up instead. A section that sets it to 0, with `-- apus: lock-timeout 0`, `SET` or `set_config`, or back to the server's default, gives that up, and so does the \
                setting `lock_timeout: 0` for all of them.
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
            .bad(
                "no limit, by a function", earlier: "CREATE TABLE guests (id bigint);",
                """
                SELECT set_config('lock_timeout', '0', true);
                ALTER TABLE guests ADD COLUMN phone text;
                """),
            .bad(
                "no limit, by a directive", earlier: "CREATE TABLE guests (id bigint);",
                """
                -- apus: lock-timeout 0
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
            guard let tree = subject.tree else { return [] }
            if subject.index == 0, let directive = liftingDirective(subject),
                !tree.waitsWithoutHarm || subject.isFollowed(by: { !$0.waitsWithoutHarm })
            {
                return [
                    subject.violation(
                        "every statement of the section waits for its locks for ever, and everybody else behind it",
                        in: directive.range, help: ["say how long: -- apus: lock-timeout 30s"])
                ]
            }
            if subject.index == 0, subject.lockTimeout == nil, subject.script.lockTimeout == nil,
                !LockTimeout.isSet(by: tree),
                !tree.waitsWithoutHarm || subject.isFollowed(by: { !$0.waitsWithoutHarm })
            {
                return [
                    subject.violation(
                        "the setting lock_timeout is 0: the section waits for its locks for ever, and everybody else behind it",
                        help: [
                            "set a limit, for the project or below the marker: -- apus: lock-timeout 30s"
                        ]
                    ).asWarning
                ]
            }
            guard LockTimeout.isSet(by: tree) else { return [] }
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

    /// The directive that lifts the limit for the section: its own, or that of the header.
    private static func liftingDirective(_ subject: StatementSubject) -> PlacedDirective? {
        let limits = subject.migration.directives.filter {
            if case .lockTimeout = $0.directive { return true }
            return false
        }
        let own = limits.first { $0.section == subject.direction }
        guard let found = own ?? limits.first(where: { $0.section == nil }),
            found.directive == .lockTimeout(.zero)
        else { return nil }
        return found
    }
}

extension SyntaxNode {
    /// Whether nobody waits behind the statement while it waits for a lock.
    fileprivate var waitsWithoutHarm: Bool {
        `is`("VariableSetStmt") || `is`("SelectStmt") || flag("concurrent")
            || `is`("ReindexStmt")
                && list("params").contains { $0.text("defname") == "concurrently" }
    }
}
