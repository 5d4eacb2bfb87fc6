import ApusCore
import Testing

@testable import ApusLint

/// An example as the migrations that it would be in a folder.
struct ExampleMigrations {
    let all: [Migration]
    /// The line of the example's own first line, in its file.
    private let firstLine: Int
    private let example: Example

    init(_ example: Example) throws {
        self.example = example
        let directives = example.isOutsideTransaction ? "-- apus: no-transaction\n" : ""
        let up = "-- Up Migration\n\(directives)"
        let down = "-- Down Migration (Rollback)\n"
        let text =
            "\(up)\(example.up)\n"
            + (example.down.map { "\(down)\(directives)\($0)\n" }
                ?? "\(down)\(Self.ending(example))\n")
        var migrations: [Migration] = []
        if !example.earlier.isEmpty {
            migrations.append(
                try Migration.parsed(
                    "20250101_000000_1.0.0_earlier",
                    "-- Up Migration\n\(example.earlier)\n\(down)\(Self.allowedEnding)\n",
                    example.engine))
        }
        migrations.append(
            try Migration.parsed("20250102_000000_1.1.0_example", text, example.engine))
        all = migrations
        let before = example.isInDown ? "\(up)\(example.up)\n\(down)\(directives)" : up
        firstLine = before.count { $0 == "\n" } + 1
    }

    /// Examples show what they show: that most cannot be undone is not the point.
    private static let allowedEnding =
        "-- apus: irreversible an example\n-- apus: allow irreversible-migration an example"

    private static func ending(_ example: Example) -> String {
        example.irreversibleReason.map { "-- apus: irreversible \($0)" } ?? allowedEnding
    }

    /// What lint is to find, as `rule:line`; of the other rules only the names.
    var expected: (own: Int?, others: [String]) {
        (example.verdict == .bad ? firstLine + example.line - 1 : nil, example.others.sorted())
    }
}

extension Migration {
    static func parsed(
        _ id: String, _ text: String, _ engine: DatabaseEngine = .postgres
    ) throws -> Migration {
        try MigrationParser(dialect: engine).parse(
            source: MigrationSource(path: "\(id).sql", bytes: Array(text.utf8)),
            fileName: "\(id).sql")
    }

    /// A migration of PostgreSQL from its sections' SQL, with what stands between marker and statements.
    static func of(
        _ version: String = "1.0.0", up: String, down: String = "SELECT undone();",
        engine: DatabaseEngine = .postgres, header: String = ""
    ) throws -> Migration {
        try parsed(
            "20250101_000000_\(version)_test",
            "\(header)-- Up Migration\n\(up)\n-- Down Migration (Rollback)\n\(down)\n", engine)
    }
}

extension LintReport {
    /// `level rule line: message`
    var lines: [String] {
        findings.map { "\($0.severity.rawValue) \($0.rule) \($0.location.line)" }
    }
}

/// An example of a rule, for tests that go through all of them.
struct RuleExample: CustomTestStringConvertible, Sendable {
    var rule: Rule
    var example: Example

    var testDescription: String {
        "\(rule.name): \(example.verdict.rawValue): \(example.title) (\(example.engine.rawValue))"
    }

    static let all: [RuleExample] = Rule.all.flatMap { rule in
        rule.examples.map { RuleExample(rule: rule, example: $0) }
    }
}
