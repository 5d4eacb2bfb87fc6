import ApusCore

/// The reading of one migration: every statement parsed once, shown to the rules, and entered into the
/// schema.
struct MigrationLook {
    let migration: Migration
    private let lint: Lint
    private let isJudged: Bool
    private let surroundings: Surroundings

    private(set) var violations: [(Rule, Violation)] = []
    private(set) var statements = 0
    private(set) var notExamined = 0

    init(_ lint: Lint, _ migration: Migration, isJudged: Bool) {
        self.lint = lint
        self.migration = migration
        self.isJudged = isJudged
        surroundings = Surroundings(plan: lint.plan, statistics: lint.statistics)
    }

    /// Leaves `schema` as the up section leaves it.
    mutating func run(_ schema: inout KnownSchema) {
        let before = schema
        let up = look(at: migration.up, .up, &schema)
        // What an unjudged migration would undo is nobody's concern.
        guard isJudged else { return }
        var afterDown = schema
        let down = migration.down.map { look(at: $0, .down, &afterDown) } ?? []
        let subject = MigrationSubject(
            migration: migration, before: before, afterUp: schema,
            afterDown: migration.down == nil ? nil : afterDown, up: up, down: down,
            surroundings: surroundings)
        for rule in rules {
            guard case .migration(let check) = rule.check else { continue }
            violations += check(subject).map { (rule, $0) }
        }
    }

    /// Asks the rules that need to know how the folder ends.
    mutating func judge(behind schema: KnownSchema) {
        let subject = FolderSubject(migration: migration, after: schema)
        for rule in rules {
            guard case .folder(let check) = rule.check else { continue }
            violations += check(subject).map { (rule, $0) }
        }
    }

    /// The rules for this engine that are not switched off.
    private var rules: [Rule] {
        lint.rules.filter {
            $0.engines.contains(migration.up.dialect) && lint.configuration.level(of: $0) > .off
        }
    }

    private mutating func look(
        at script: Script, _ direction: Direction, _ schema: inout KnownSchema
    ) -> [MigrationSubject.SectionStatement] {
        var timeout = LockTimeout(
            script.lockTimeout ?? lint.configuration.lockTimeout)
        let checks: [(Rule, @Sendable (StatementSubject) -> [Violation])] =
            isJudged
            ? rules.compactMap { rule in
                guard case .statement(let check) = rule.check else { return nil }
                return (rule, check)
            } : []
        var seen: [MigrationSubject.SectionStatement] = []
        script.forEachStatement(in: migration.source) { index, statement in
            statements += 1
            let tree = tree(of: statement, script.dialect, direction)
            if script.dialect == .sqlite || tree != nil {
                let subject = StatementSubject(
                    migration: migration, direction: direction, index: index,
                    statement: statement, tree: tree, before: schema,
                    lockTimeout: timeout.current, surroundings: surroundings)
                for (rule, check) in checks {
                    violations += check(subject).map { (rule, proposing(rule, $0, subject)) }
                }
            }
            let birth = KnownSchema.Birth(
                migration: migration.id, direction: direction, statement: index)
            if let tree {
                timeout.take(tree)
                schema.take(tree, birth)
            } else if script.dialect == .sqlite {
                schema.take(SQLiteDefinition(statement, in: migration.source), birth)
            }
            seen.append(
                MigrationSubject.SectionStatement(
                    index: index, statement: statement,
                    tree: tree?.isAboutRows == true ? nil : tree))
        }
        return seen
    }

    /// The violation with what its rule would write instead, where somebody asks.
    private func proposing(
        _ rule: Rule, _ violation: Violation, _ subject: StatementSubject
    ) -> Violation {
        guard lint.proposesFixes, let fix = rule.fix else { return violation }
        var violation = violation
        do throws(FixRefusal) {
            violation.proposal = .success(try fix.propose(subject, violation))
        } catch {
            violation.proposal = .failure(error)
        }
        return violation
    }

    private mutating func tree(
        of statement: Statement, _ dialect: DatabaseEngine, _ direction: Direction
    ) -> SyntaxNode? {
        guard dialect == .postgres else { return nil }
        switch PostgresGrammar.parse(migration.source.bytes(statement.range)) {
        case .tree(let tree):
            if let node = tree.statement { return node }
            note(statement, direction, "it is empty", at: 0)
        case .refused(let reason, let offset):
            note(statement, direction, reason, at: offset)
        }
        return nil
    }

    private mutating func note(
        _ statement: Statement, _ direction: Direction, _ reason: String, at offset: Int
    ) {
        notExamined += 1
        guard isJudged else { return }
        let start = statement.range.lowerBound + offset
        var violation = Violation(
            "the grammar of PostgreSQL \(PostgresGrammar.version) does not take this statement: \(reason)",
            range: start..<max(start + 1, offset == 0 ? statement.range.upperBound : start + 1),
            direction: direction, statement: statement.range.lowerBound)
        violation.help = [
            "look at it yourself, then say so above it: -- apus: allow \(Rule.notExamined.name) REASON"
        ]
        violations.append((.notExamined, violation))
    }
}

extension SyntaxNode {
    /// Whether the statement reads or writes rows and defines nothing.
    fileprivate var isAboutRows: Bool {
        `is`("InsertStmt") || `is`("UpdateStmt") || `is`("DeleteStmt") || `is`("SelectStmt")
            || `is`("MergeStmt") || `is`("CopyStmt")
    }
}
