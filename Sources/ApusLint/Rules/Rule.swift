public import ApusCore

/// One thing that lint knows: what it objects to, why, what to do instead, and examples that prove it.
///
/// A rule is one file below `Rules/`, named for it, and one line in `Rule.all`. Its page
/// (`apus explain RULE`, `docs/rules/RULE.md`) and its tests come from what stands in that file.
public struct Rule: Sendable {
    /// In kebab-case; people write it in allowances and settings, so it keeps its meaning.
    public var name: String
    public var engines: [DatabaseEngine]
    /// Where the project says nothing.
    public var level: RuleLevel
    /// One line for lists, without a final full stop.
    public var summary: String
    public var page: Page
    /// At least one that is bad and one that is good.
    public var examples: [Example]
    /// How `lint --fix` rewrites what the rule objects to; `nil` where no machine can.
    public var fix: Remedy?
    var check: Check

    /// The text of a rule's page. Each part is Markdown, whole sentences in paragraphs.
    public struct Page: Sendable {
        /// Why it hurts: the lock and what it stops, the rewrite, the loss.
        public var why: String
        /// What to write instead.
        public var instead: String
        /// Where PostgreSQL's or SQLite's documentation says so.
        public var references: [String]
    }

    /// How a rule looks.
    enum Check: Sendable {
        /// At each statement by itself.
        case statement(@Sendable (StatementSubject) -> [Violation])
        /// At a migration as a whole, when all its statements have been seen.
        case migration(@Sendable (MigrationSubject) -> [Violation])
        /// At a migration, when the whole folder has been read: a later migration may have mended it.
        case folder(@Sendable (FolderSubject) -> [Violation])
        /// Not at the SQL: the linter says it of its own work.
        case linter
    }

    init(
        _ name: String, _ engines: DatabaseEngine..., level: RuleLevel, summary: String, page: Page,
        examples: [Example], fix: Remedy? = nil, check: Check
    ) {
        self.name = name
        self.engines = engines
        self.level = level
        self.summary = summary
        self.page = page
        self.examples = examples
        self.fix = fix
        self.check = check
    }
}
