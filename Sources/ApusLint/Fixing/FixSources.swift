import ApusCore

/// What rules ask to propose a fix: the statement's parts, and what undoes them.
extension StatementSubject {
    /// The statement as a whole.
    var part: SectionPart {
        SectionPart(
            direction: direction, statement: statement.range, index: index, range: statement.range,
            siblings: [statement.range])
    }

    /// The statement with a word written behind the given ones: `CREATE INDEX` → `CREATE INDEX CONCURRENTLY`.
    func text(with word: String, behind keyword: StaticString) throws(FixRefusal) -> String {
        try migration.source.text(of: statement.range, with: word, behind: keyword)
    }

    /// The action of an `ALTER TABLE` that a violation points at.
    func action(
        of violation: Violation
    ) throws(FixRefusal) -> (table: AlterTable, action: AlterTable.Action, part: SectionPart) {
        guard let alter = alterTable,
            let action = alter.actions.first(where: { $0.range == violation.range })
        else {
            throw FixRefusal("it belongs to a new column: add the column first, then the rest")
        }
        return (alter, action, part(action.range, of: alter))
    }

    /// The constraint inside of an `ADD COLUMN` that a violation points at; `nil` where it points at a
    /// whole action.
    func columnConstraint(of violation: Violation) -> ColumnConstraint? {
        guard let alter = alterTable else { return nil }
        for action in alter.actions where action.kind == "AT_AddColumn" {
            guard let column = action.definition,
                let constraint = ColumnConstraint(
                    at: violation.range.lowerBound, of: column, in: action, self)
            else { continue }
            return constraint
        }
        return nil
    }

    /// A part of the statement, which need not be a whole action.
    func part(_ range: Range<Int>, of alter: AlterTable) -> SectionPart {
        SectionPart(
            direction: direction, statement: statement.range, index: index, range: range,
            siblings: alter.actions.map(\.range))
    }

    /// Refuses `ALTER TABLE ONLY`: what comes later may not be possible with it.
    func refuseOnly() throws(FixRefusal) {
        if tree?["relation"]?.flag("inh") != true {
            throw FixRefusal("ALTER TABLE ONLY leaves other tables out: that is for people")
        }
    }

    /// Refuses `ALTER TABLE IF EXISTS`, where another kind of statement follows.
    func refuseIfExists() throws(FixRefusal) {
        if tree?.flag("missing_ok") == true {
            throw FixRefusal("an index cannot be built IF its table EXISTS")
        }
    }

    /// `ALTER TABLE` and its table, as the statement writes them.
    var alterTableText: String {
        let condition = tree?.flag("missing_ok") == true ? "IF EXISTS " : ""
        let extent = tree?["relation"]?.flag("inh") == true ? "" : "ONLY "
        return "ALTER TABLE \(condition)\(extent)\(tree?["relation"]?.writtenName ?? "")"
    }

    /// What comes later comes in a migration behind this one; a step down has none.
    func requireUp() throws(FixRefusal) {
        if direction == .down {
            throw FixRefusal("it stands in a down section, which is one step")
        }
    }

    /// The table, if the migrations say that it is not partitioned.
    func requirePlain(_ table: ObjectName, _ what: String) throws(FixRefusal) {
        guard let known = before.tables[table] else {
            throw FixRefusal(
                "no migration here makes \(table): where it is partitioned, \(what)")
        }
        if known.isPartitioned { throw FixRefusal("\(table) is partitioned: \(what)") }
    }

    // MARK: The down section

    /// The only whole statement of the down section that passes the test.
    func undoing(_ test: (SyntaxNode) -> Bool) -> (part: SectionPart, tree: SyntaxNode)? {
        guard direction == .up, let down = migration.down else { return nil }
        var found: [(SectionPart, SyntaxNode)] = []
        down.forEachStatement(in: migration.source) { index, statement in
            guard let tree = migration.source.tree(of: statement), test(tree) else { return }
            let part = SectionPart(
                direction: .down, statement: statement.range, index: index,
                range: statement.range, siblings: [statement.range])
            found.append((part, tree))
        }
        return found.count == 1 ? found[0] : nil
    }

    /// The only action of the down section's `ALTER TABLE`s that passes the test.
    func undoingAction(
        of table: ObjectName, _ test: (AlterTable.Action) -> Bool
    ) -> SectionPart? {
        guard direction == .up, let down = migration.down else { return nil }
        var found: [SectionPart] = []
        down.forEachStatement(in: migration.source) { index, statement in
            guard
                let alter = AlterTable(
                    migration.source.tree(of: statement), statement, in: migration.source),
                alter.table == table
            else { return }
            for action in alter.actions where test(action) {
                found.append(
                    SectionPart(
                        direction: .down, statement: statement.range, index: index,
                        range: action.range, siblings: alter.actions.map(\.range)))
            }
        }
        return found.count == 1 ? found[0] : nil
    }

    /// Refuses where the down section names something in other statements than the partner.
    func requireUnnamedInDown(
        _ name: String, except partner: SectionPart?
    ) throws(FixRefusal) {
        guard direction == .up, let down = migration.down else { return }
        var isNamed = false
        down.forEachStatement(in: migration.source) { index, statement in
            if index != partner?.index,
                migration.source.mentioned([name], in: statement.range) != nil
            {
                isNamed = true
            }
        }
        if isNamed {
            throw FixRefusal("its down section does more with \(name) than undo this")
        }
    }
}

extension MigrationSource {
    /// The tree of one statement of PostgreSQL; `nil` where the grammar does not take it.
    func tree(of statement: Statement) -> SyntaxNode? {
        guard case .tree(let tree) = PostgresGrammar.parse(bytes(statement.range)) else {
            return nil
        }
        return tree.statement
    }

    func text(
        of statement: Range<Int>, with word: String, behind keyword: StaticString
    ) throws(FixRefusal) -> String {
        let end = withSpan { bytes in
            tokens(in: statement).first { $0.isWord(keyword, in: bytes) }?.range.upperBound
        }
        guard let end else { throw FixRefusal("\(keyword) was not found in it") }
        return "\(text(statement.lowerBound..<end)) \(word)\(text(end..<statement.upperBound))"
    }
}

extension SyntaxNode {
    /// Whether the statement drops one thing of that kind and name, and nothing else.
    func dropsOnly(_ kind: StaticString, _ name: String) -> Bool {
        `is`("DropStmt") && has("removeType", kind) && droppedNames.map(\.name) == [name]
    }
}
