public import ApusCore

/// Looks at migrations and says what will hurt: a pure function over values.
///
/// A folder is judged as if all earlier migrations had already run, on a database in use.
public struct Lint: Sendable {
    public var configuration: LintConfiguration
    /// The migrations to judge; the others only say what the schema is. `nil`: all.
    public var selection: Set<MigrationID>?
    /// The migrations of one plan: what they make is known to be empty.
    public var plan: Set<MigrationID>
    /// The target's tables, where somebody asked.
    public var statistics: DatabaseStatistics?
    /// Those to ask.
    var rules: [Rule]
    /// Whether the rules are asked for rewrites as well.
    private(set) var proposesFixes = false

    public init(
        configuration: LintConfiguration = LintConfiguration(),
        selection: Set<MigrationID>? = nil, plan: Set<MigrationID> = [],
        statistics: DatabaseStatistics? = nil
    ) {
        self.configuration = configuration
        self.selection = selection
        self.plan = plan
        self.statistics = statistics
        rules = Rule.all
    }

    /// - Parameter migrations: Of one folder, in order.
    public func report(on migrations: [Migration]) -> LintReport {
        examine(migrations).report
    }

    /// Of the findings that weigh, those whose rules know a rewrite, with what the rules propose.
    func proposals(on migrations: [Migration]) -> [(Migration, [FixProposal])] {
        var lint = self
        lint.proposesFixes = true
        return lint.examine(migrations).proposals
    }

    private static let parsedAtOnce = 128

    private func judges(_ migration: Migration) -> Bool {
        selection?.contains(migration.id) ?? true
    }

    private struct Examination {
        var report = LintReport()
        var proposals: [(Migration, [FixProposal])] = []
    }

    /// A migration that is to be judged, with what is known before it.
    private struct Reading: Sendable {
        let look: MigrationLook
        let before: KnownSchema
        let parsed: ParsedMigration
    }

    private func examine(_ migrations: [Migration]) -> Examination {
        var schema = KnownSchema()
        var looks: [MigrationLook] = []
        var books: [DatabaseEngine: RuleBook] = [:]
        // Trees are large: those of some migrations at a time.
        for start in stride(from: 0, to: migrations.count, by: Self.parsedAtOnce) {
            let some = Array(migrations[start...].prefix(Self.parsedAtOnce))
            let trees = some.concurrentMap { ParsedMigration($0, isJudged: judges($0)) }
            // What a migration finds there takes all before it; what the rules say of it, that alone.
            var readings: [Reading] = []
            for (migration, parsed) in zip(some, trees) {
                let dialect = migration.up.dialect
                let rules = books[dialect] ?? RuleBook(self, dialect)
                books[dialect] = rules
                if judges(migration) {
                    let look = MigrationLook(self, rules, migration)
                    readings.append(Reading(look: look, before: schema, parsed: parsed))
                }
                schema.take(migration, parsed)
            }
            looks += readings.concurrentMap { reading in
                var look = reading.look
                look.run(from: reading.before, reading.parsed)
                return look
            }
        }
        let found = looks.concurrentMap { [schema, foreignKeys = schema.foreignKeys] look in
            var look = look
            look.judge(behind: schema, foreignKeys[look.migration.id] ?? [])
            return findings(of: look)
        }
        var examination = Examination()
        for (look, (findings, proposals)) in zip(looks, found) {
            examination.report.migrations += 1
            examination.report.statements += look.statements
            examination.report.notExamined += look.notExamined
            examination.report.findings += findings
            if !proposals.isEmpty { examination.proposals.append((look.migration, proposals)) }
        }
        return examination
    }

    /// What remains of the objections to one migration, and what is wrong with its allowances.
    private func findings(of look: MigrationLook) -> ([Finding], [FixProposal]) {
        var allowances = AllowanceBook(
            look.migration, isComplete: plan.isEmpty && statistics == nil)
        var found: [(offset: Int, finding: Finding)] = []
        var proposals: [(offset: Int, proposal: FixProposal)] = []
        for (rule, violation) in look.violations {
            guard let finding = finding(rule, violation, look.migration),
                !allowances.allows(rule.name, violation)
            else { continue }
            found.append((violation.range.lowerBound, finding))
            if let fix = violation.proposal, finding.severity != .notice {
                proposals.append(
                    (violation.range.lowerBound, FixProposal(finding: finding, fix: fix)))
            }
        }
        for (rule, violation) in allowances.violations(asking: rules, configuration) {
            guard var finding = finding(rule, violation, look.migration) else { continue }
            finding.direction = nil
            found.append((violation.range.lowerBound, finding))
        }
        // Rules are asked one after the other; a reader goes from line to line.
        return (
            Self.gathered(
                found.sorted { ($0.offset, $0.finding.rule) < ($1.offset, $1.finding.rule) }
                    .map(\.finding)),
            proposals.sorted { $0.offset < $1.offset }.map(\.proposal)
        )
    }

    /// One notice of a rule for each section: the first, with the lines of the others. A down section
    /// that drops ten tables says one thing, and must not hide an error among ten.
    private static func gathered(_ findings: [Finding]) -> [Finding] {
        struct Group: Hashable {
            var rule: String
            var direction: Direction?
        }
        var kept: [Finding] = []
        var first: [Group: Int] = [:]
        var lines: [Int: [Int]] = [:]
        for finding in findings {
            let group = Group(rule: finding.rule, direction: finding.direction)
            guard finding.severity == .notice, finding.rule != Rule.notExamined.name else {
                kept.append(finding)
                continue
            }
            if let index = first[group] {
                lines[index, default: []].append(finding.location.line)
            } else {
                first[group] = kept.count
                kept.append(finding)
            }
        }
        for (index, more) in lines {
            let list = Set(more).sorted().map(String.init).joined(separator: ", ")
            kept[index].details.append("the same in line\(more.count == 1 ? "" : "s") \(list)")
        }
        return kept
    }

    private func finding(
        _ rule: Rule, _ violation: Violation, _ migration: Migration
    ) -> Finding? {
        var level = min(configuration.level(of: rule), violation.limit)
        var details = violation.details
        if let table = violation.costGrowsWith, let size = statistics?.of(table) {
            details.append(size.sentence(table))
            if size.isSmall { level = min(level, .notice) }
        }
        guard let severity = level.severity else { return nil }
        let (location, excerpt) = migration.source.place(
            at: violation.range.lowerBound, length: violation.range.count)
        return Finding(
            rule: rule.name, severity: severity, direction: violation.direction,
            location: location, excerpt: excerpt, message: violation.message, details: details,
            help: violation.help)
    }
}
