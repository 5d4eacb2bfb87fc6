import ApusCore
import ApusEngine
import ApusLint
import Foundation

/// What lint saw of one or more folders: findings, and files that no rule could be shown.
struct LintSight {
    var report = LintReport()
    /// Of the files that are no valid migrations.
    var problems: [Diagnostic] = []

    /// Looks at the folders, or at those files of theirs. Throws `migration-unknown` for a file that is in
    /// none of them.
    mutating func look(
        at folders: [MigrationFolder], _ files: [String], with lint: Lint
    ) throws(Diagnostics) {
        var missing = files
        for folder in folders {
            let survey = try folder.survey()
            var lint = lint
            if files.isEmpty {
                problems += survey.problems
            } else {
                let isWanted = Self.test(files)
                let chosen = survey.migrations.filter { isWanted($0.source.path) }
                let broken = survey.problems.filter {
                    $0.location.map { isWanted($0.file) } ?? false
                }
                problems += broken
                lint.selection = Self.selection(of: files, in: survey)
                let found = Set(
                    (chosen.map(\.source.path) + broken.compactMap(\.location?.file))
                        .map(Self.realPath))
                missing.removeAll { found.contains(Self.realPath($0)) }
            }
            let report = lint.report(on: survey.migrations)
            self.report.findings += report.findings
            self.report.migrations += report.migrations
            self.report.statements += report.statements
            self.report.notExamined += report.notExamined
        }
        guard missing.isEmpty else { throw Diagnostics(missing.map { unknown($0, folders) }) }
    }

    /// The folder's migrations that those files are.
    static func selection(of files: [String], in survey: FolderSurvey) -> Set<MigrationID> {
        let isWanted = test(files)
        return Set(survey.migrations.filter { isWanted($0.source.path) }.map(\.id))
    }

    private static func test(_ files: [String]) -> (String) -> Bool {
        let wanted = Set(files.map(realPath))
        return { wanted.contains(realPath($0)) }
    }

    private func unknown(_ file: String, _ folders: [MigrationFolder]) -> Diagnostic {
        Diagnostic(
            .migrationUnknown, "\(file) is no migration of this project",
            details: folders.map { "folder: \($0.path)" },
            help: ["name files of that folder, or another folder: --migrations FOLDER"])
    }

    private static func realPath(_ path: String) -> String {
        URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }

    /// What was examined, and what came of it.
    var closing: String {
        let files = Wording.count(report.migrations, "migration file")
        let statements = Wording.count(report.statements, "statement")
        var text = "\(files), \(statements)"
        text +=
            report.notExamined == 0 ? " examined" : ", \(report.notExamined) of them not examined"
        let severities = problems.map(\.severity) + report.findings.map(\.severity)
        let counts: [(Diagnostic.Severity, String)] = [
            (.error, "error"), (.warning, "warning"), (.notice, "notice"),
        ]
        let parts = counts.compactMap { severity, noun in
            let count = severities.count { $0 == severity }
            return count == 0 ? nil : Wording.count(count, noun)
        }
        return "\(text): \(parts.isEmpty ? "nothing to object to" : parts.joined(separator: ", "))."
    }
}

/// `apus.lint/1`
struct LintBody: Encodable {
    var target: TargetBody?
    /// With `--fix`.
    var fixes: LintFixesBody?
    var findings: [Finding]
    /// What is wrong with files that are no valid migrations, or could not be written.
    var problems: [DiagnosticBody]
    var files: Int
    var statements: Int
    var notExamined: Int
    var exit: Int32

    struct Finding: Encodable {
        var rule: String
        var level: String
        var section: String?
        var file: String
        var line: Int
        var column: Int
        var excerpt: String
        var message: String
        var details: [String]
        var help: [String]
    }

    init(
        _ sight: LintSight, _ target: DatabaseTarget?, _ fixing: LintFixing?, _ status: ExitStatus
    ) {
        self.target = target.map(TargetBody.init)
        fixes = fixing.map(LintFixesBody.init)
        findings = sight.report.findings.map { finding in
            Finding(
                rule: finding.rule, level: finding.severity.rawValue,
                section: finding.direction?.rawValue, file: finding.location.file,
                line: finding.location.line, column: finding.location.column,
                excerpt: finding.excerpt.text, message: finding.message,
                details: finding.details, help: finding.help)
        }
        problems = ((fixing?.problems ?? []) + sight.problems).map(DiagnosticBody.init)
        files = sight.report.migrations
        statements = sight.report.statements
        notExamined = sight.report.notExamined
        exit = status.rawValue
    }
}
