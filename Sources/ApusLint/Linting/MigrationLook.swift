import ApusCore

/// The rules that are asked about migrations of one engine, by what they look at.
struct RuleBook {
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

/// What the grammar makes of a migration's statements, ahead of their reading: nothing for SQLite, for
/// which there is no grammar, and for a file so large that its trees should not all be there at once.
struct ParsedMigration: Sendable {
    let up: [PostgresGrammar.Outcome]
    let down: [PostgresGrammar.Outcome]

    private static let largest = 64 << 10

    /// - Parameter isJudged: What an unjudged migration would undo is nobody's concern.
    init(_ migration: Migration, isJudged: Bool) {
        let isSmall = migration.source.count <= Self.largest
        func outcomes(_ script: Script) -> [PostgresGrammar.Outcome] {
            guard script.dialect == .postgres, isSmall else { return [] }
            var outcomes: [PostgresGrammar.Outcome] = []
            script.forEachStatement(in: migration.source) { _, statement in
                outcomes.append(
                    PostgresGrammar.parse(statement, of: script, in: migration.source))
            }
            return outcomes
        }
        up = outcomes(migration.up)
        down = isJudged ? migration.down.map(outcomes) ?? [] : []
    }
}

/// The reading of one migration: every statement shown to the rules, and entered into the schema.
struct MigrationLook {
    let migration: Migration
    private let lint: Lint
    private let rules: RuleBook
    private let isJudged: Bool
    private let surroundings: Surroundings

    private(set) var violations: [(Rule, Violation)] = []
    private(set) var statements = 0
    private(set) var notExamined = 0

    init(
        _ lint: Lint, _ rules: RuleBook, _ migration: Migration, isJudged: Bool
    ) {
        self.lint = lint
        self.rules = rules
        self.migration = migration
        self.isJudged = isJudged
        surroundings = Surroundings(plan: lint.plan, statistics: lint.statistics)
    }

    /// One migration by itself, for what it does to the schema.
    init(_ lint: Lint, of migration: Migration) {
        self.init(
            lint, RuleBook(lint, migration.up.dialect), migration, isJudged: false)
    }

    /// Leaves `schema` as the up section leaves it. The trees are not kept.
    mutating func run(_ schema: inout KnownSchema, _ parsed: ParsedMigration) {
        let before = schema
        let up = look(at: migration.up, .up, parsed.up, &schema)
        // What an unjudged migration would undo is nobody's concern.
        guard isJudged else { return }
        var afterDown = schema
        let down = migration.down.map { look(at: $0, .down, parsed.down, &afterDown) } ?? []
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
        at script: Script, _ direction: Direction, _ outcomes: [PostgresGrammar.Outcome],
        _ schema: inout KnownSchema
    ) -> [MigrationSubject.SectionStatement] {
        var timeout = LockTimeout(
            script.lockTimeout ?? lint.configuration.lockTimeout)
        let checks = isJudged ? rules.statement : []
        var seen: [MigrationSubject.SectionStatement] = []
        script.forEachStatement(in: migration.source) { index, statement in
            statements += 1
            var tree: SyntaxNode?
            if script.dialect == .postgres {
                let outcome =
                    outcomes.isEmpty
                    ? PostgresGrammar.parse(statement, of: script, in: migration.source)
                    : outcomes[index]
                tree = self.tree(outcome, of: statement, direction)
            } else if let word = unknownWord(of: statement) {
                note(
                    statement, direction, "SQLite has no statement that begins with \(word)", at: 0)
            }
            if script.dialect == .sqlite || tree != nil {
                let subject = StatementSubject(
                    migration: migration, direction: direction, index: index,
                    statement: statement, tree: tree, before: schema,
                    lockTimeout: timeout.current, surroundings: surroundings)
                for (place, check) in checks.enumerated() {
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
        let words = migration.source.withSpan {
            StatementClassifier.leadingWords(
                of: statement.range, in: $0, dialect: .sqlite, limit: 1)
        }
        return words.first.flatMap { Self.sqliteWords.contains($0) ? nil : $0 }
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
        guard isJudged else { return }
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
