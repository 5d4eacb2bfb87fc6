public import ApusCore

/// What an examination of a project and its database found: what is well, what is not, and what mends
/// it.
public struct Diagnosis: Sendable {
    /// In the order of ``Finding/Area``.
    public var findings: [Finding]
    public var settings: [Setting]
    /// What the server says of itself, where it could be reached.
    public var facts: ServerFacts?

    public init(findings: [Finding], settings: [Setting], facts: ServerFacts?) {
        self.findings = findings
        self.settings = settings
        self.facts = facts
    }

    /// One thing that was looked at.
    public struct Finding: Hashable, Sendable {
        public enum Level: String, Hashable, Sendable, CaseIterable, Comparable {
            case good, notice, warning, error

            public static func < (left: Self, right: Self) -> Bool {
                allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
            }
        }

        /// What was looked at. The raw values are an interface: JSON documents carry them.
        public enum Area: String, Hashable, Sendable, CaseIterable {
            case connection, rights, tools, lock, sessions, registry, migrations, schedule, indexes,
                backups
            case disk, configuration
        }

        public var area: Area
        public var level: Level
        /// One sentence without a final full stop.
        public var message: String
        /// Further facts, a line each.
        public var details: [String]
        /// What mends it; each line holds a command.
        public var help: [String]
        /// What it would stop a command with; `nil` where it would stop none.
        public var code: DiagnosticCode?

        public init(
            _ area: Area, _ level: Level, _ message: String, details: [String] = [],
            help: [String] = [], code: DiagnosticCode? = nil
        ) {
            self.area = area
            self.level = level
            self.message = message
            self.details = details
            self.help = help
            self.code = code
        }

        /// A diagnostic as a finding of its severity.
        public init(_ area: Area, _ diagnostic: Diagnostic) {
            self.init(
                area,
                diagnostic.severity == .error
                    ? .error : diagnostic.severity == .warning ? .warning : .notice,
                diagnostic.message,
                details: (diagnostic.location.map { ["\($0)"] } ?? []) + diagnostic.details,
                help: diagnostic.help, code: diagnostic.code)
        }
    }

    /// A value of the configuration, and where it came from.
    public struct Setting: Hashable, Sendable {
        public var name: String
        /// Without secrets; `nil` where nothing is set.
        public var value: String?
        /// `--database-url`, `DATABASE_URL`, `.env`, `apus.yaml`, `default`.
        public var source: String

        public init(name: String, value: String?, source: String) {
            self.name = name
            self.value = value
            self.source = source
        }
    }

    /// The gravest level of all findings.
    public var worst: Finding.Level { findings.map(\.level).max() ?? .good }

    /// What a command that reports the diagnosis ends with: the first error's code.
    public var outcome: DiagnosticCode? {
        findings.first { $0.level == .error }.map { $0.code ?? .internalError }
    }
}
