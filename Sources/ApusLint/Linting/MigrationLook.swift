import ApusCore

/// The rules that are asked about migrations of one engine, by what they look at.
struct RuleBook: Sendable {
    private(set) var statement: [@Sendable (StatementSubject) -> [Violation]] = []
    private(set) var migration: [@Sendable (MigrationSubject) -> [Violation]] = []
    private(set) var folder: [@Sendable (FolderSubject) -> [Violation]] = []
    /// Whose they are, in the same order.
    private(set) var statementRules: [Rule] = []
    private(set) var migrationRules: [Rule] = []
    private(set) var folderRules: [Rule] = []

    /// Those for the engine that are not switched off.
    init(_ lint: Lint, _ dialect: DatabaseEngine) {
        for rule in lint.rules
        where rule.engines.contains(dialect) && lint.configuration.level(of: rule) > .off {
            switch rule.check {
            case .statement(let check):
                statement.append(check)
                statementRules.append(rule)
            case .migration(let check):
                migration.append(check)
                migrationRules.append(rule)
            case .folder(let check):
                folder.append(check)
                folderRules.append(rule)
            case .linter: break
            }
        }
    }
}

/// The reading of one migration: every statement shown to the rules, and entered into the schema.
struct MigrationLook: Sendable {
    let migration: Migration
    private let lint: Lint
    private let rules: RuleBook
    private let surroundings: Surroundings

    private(set) var violations: [(Rule, Violation)] = []
    private(set) var statements = 0
    private(set) var notExamined = 0

    init(_ lint: Lint, _ rules: RuleBook, _ migration: Migration) {
        self.lint = lint
        self.rules = rules
        self.migration = migration
        surroundings = Surroundings(plan: lint.plan, statistics: lint.statistics)
    }

    /// Asks the rules about each statement and about the migration. The trees are not kept.
    mutating func run(from before: KnownSchema, _ parsed: ParsedMigration) {
        var schema = before
        schema.forgetWritten()
        let up = look(at: parsed.up, .up, &schema)
        var afterDown = schema
        let down = parsed.down.map { look(at: $0, .down, &afterDown) } ?? []
        let subject = MigrationSubject(
            migration: migration, before: before, afterUp: schema,
            afterDown: migration.down == nil ? nil : afterDown, up: up, down: down,
            surroundings: surroundings)
        for (index, check) in rules.migration.enumerated() {
            violations += check(subject).map { (rules.migrationRules[index], $0) }
        }
    }

    /// Asks the rules that need to know how the folder ends.
    mutating func judge(behind schema: KnownSchema, _ foreignKeys: [TableForeignKey]) {
        let subject = FolderSubject(
            migration: migration, after: schema, foreignKeys: foreignKeys)
        for (index, check) in rules.folder.enumerated() {
            violations += check(subject).map { (rules.folderRules[index], $0) }
        }
    }

    private mutating func look(
        at parsed: ParsedScript, _ direction: Direction, _ schema: inout KnownSchema
    ) -> [MigrationSubject.SectionStatement] {
        let script = parsed.script
        var timeout = LockTimeout(
            script.lockTimeout ?? lint.configuration.lockTimeout)
        var seen: [MigrationSubject.SectionStatement] = []
        script.forEachStatement(in: migration.source) { index, statement in
            statements += 1
            var tree: SyntaxNode?
            if script.dialect == .postgres {
                tree = self.tree(parsed[index, statement], of: statement, direction)
            } else if let word = unknownWord(of: statement) {
                note(
                    statement, direction, "SQLite has no statement that begins with \(word)", at: 0)
            }
            if script.dialect == .sqlite || tree != nil {
                let subject = StatementSubject(
                    migration: migration, direction: direction, index: index,
                    statement: statement, tree: tree, before: schema,
                    lockTimeout: timeout.current, surroundings: surroundings)
                for (place, check) in rules.statement.enumerated() {
                    let found = check(subject)
                    guard !found.isEmpty else { continue }
                    let rule = rules.statementRules[place]
                    violations += found.map { (rule, proposing(rule, $0, subject)) }
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
        _ outcome: PostgresGrammar.Outcome, of statement: Statement, _ direction: Direction
    ) -> SyntaxNode? {
        switch outcome {
        case .tree(let tree):
            if let node = tree.statement { return node }
            note(statement, direction, "\(Self.refusal): it is empty", at: 0)
        case .refused(let reason, let offset):
            note(statement, direction, "\(Self.refusal): \(reason)", at: offset)
        }
        return nil
    }

    private static let refusal =
        "the grammar of PostgreSQL \(PostgresGrammar.version) does not take this statement"

    /// The first word of what can be no statement of SQLite, for which there is no grammar here.
    private func unknownWord(of statement: Statement) -> String? {
        migration.source.firstWord(of: statement, .sqlite).flatMap {
            Self.sqliteWords.contains($0) ? nil : $0
        }
    }

    /// What statements of SQLite begin with: https://www.sqlite.org/lang.html
    private static let sqliteWords: Set = [
        "ALTER", "ANALYZE", "ATTACH", "BEGIN", "COMMIT", "CREATE", "DELETE", "DETACH", "DROP",
        "END",
        "EXPLAIN", "INSERT", "PRAGMA", "REINDEX", "RELEASE", "REPLACE", "ROLLBACK", "SAVEPOINT",
        "SELECT", "UPDATE", "VACUUM", "VALUES", "WITH",
    ]

    private mutating func note(
        _ statement: Statement, _ direction: Direction, _ message: String, at offset: Int
    ) {
        notExamined += 1
        let start = statement.range.lowerBound + offset
        var violation = Violation(
            message,
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
