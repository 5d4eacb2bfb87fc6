import ApusCore

extension Rule {
    static let triggersSwitchedOff = Rule(
        "triggers-switched-off", .postgres, level: .warning,
        summary: "Triggers are switched off for everybody, foreign keys perhaps among them",
        page: Page(
            why: """
                `DISABLE TRIGGER` holds for all sessions from the commit on, under SHARE ROW EXCLUSIVE, which stops writes until then. \
                `ALL` includes the triggers that check foreign keys, and so does `session_replication_role = replica`: rows that \
                refer to nothing come in, and nothing finds them later.
                """,
            instead: """
                Leave them on. If it must be, name the one trigger, and switch it on again in the same section: then nobody else sees \
                it off.
                """,
            references: [
                "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER"
            ]),
        examples: [
            .bad(
                "all of a table", earlier: "CREATE TABLE guests (id bigint);",
                "ALTER TABLE guests DISABLE TRIGGER USER;"),
            .bad(
                "checks of foreign keys, for the session",
                refusal: "42501", "SET session_replication_role = 'replica';"),
            .good(
                "off and on again", earlier: "CREATE TABLE guests (id bigint);",
                """
                ALTER TABLE guests DISABLE TRIGGER USER;
                ALTER TABLE guests ENABLE TRIGGER USER;
                """),
        ],
        check: .statement { subject in
            let help = ["leave them on, or switch one by name off and on again in the same section"]
            if let tree = subject.tree, tree.is("VariableSetStmt"),
                tree.text("name")?.lowercased() == "session_replication_role",
                tree.list("args").first?["sval"]?.text("sval")?.lowercased() == "replica"
            {
                return [
                    subject.violation(
                        "foreign keys and triggers do not see what follows", help: help)
                ]
            }
            guard let alter = subject.alterTable, !subject.isNew(alter.table) else { return [] }
            return alter.actions.compactMap { action in
                guard
                    ["AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser"].contains(
                        action.kind)
                else { return nil }
                if action.kind != "AT_DisableTrigAll", subject.isInTransaction,
                    subject.isFollowed(by: { $0.switchesTriggersOn(of: alter.table) })
                {
                    return nil
                }
                return subject.violation(
                    "\(action.name ?? "triggers") of \(alter.table) \(action.name == nil ? "do" : "does") not see what is written from here on",
                    in: action.range, help: help)
            }
        })
}

extension SyntaxNode {
    fileprivate func switchesTriggersOn(of table: ObjectName) -> Bool {
        `is`("AlterTableStmt") && self["relation"]?.relationName == table
            && list("cmds").contains { ($0.text("subtype") ?? "").hasPrefix("AT_EnableTrig") }
    }
}
