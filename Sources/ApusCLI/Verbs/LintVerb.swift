import ApusCore
import ApusEngine
import ApusLint
import ArgumentParser

/// `apus lint [FILE…]`
struct LintVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Say which statements will hurt: locks, rewrites, lost data.",
        discussion: """
            Needs no database: a folder is judged as if all earlier migrations had already run, on a \
            database in use. Ends with 7 while a finding of level error remains.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(
        help: ArgumentHelp(
            "Migration files of the folder; all of them without it.", valueName: "file"),
        completion: .file(extensions: ["sql"]))
    var files: [String] = []

    @Flag(help: "Judge what migrate would do now: what it makes is known to be empty.")
    var plan = false

    @Flag(help: "Ask the database how large its tables are and how much they are used.")
    var live = false

    @Option(help: "text, or github for annotations of a workflow.")
    var format: Verify.Format = .text

    func validate() throws {
        if output.json, format == .github {
            throw ValidationError("--json and --format github exclude each other.")
        }
        if plan, !files.isEmpty {
            throw ValidationError("--plan says itself which files: leave them out.")
        }
    }

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        var lint = Lint(configuration: try project.lintConfiguration())
        let folders: [MigrationFolder]
        let target: DatabaseTarget?
        if plan || live {
            let migrator = try project.migrator()
            folders = [migrator.folder]
            target = migrator.driver.target
            let (planned, statistics) = try await project.announcing(migrator) {
                (migrator) throws(Diagnostics) in try await self.facts(migrator, project)
            }
            if let planned {
                lint.plan = planned
                lint.selection = planned
            }
            lint.statistics = statistics
        } else {
            folders = try project.folders()
            target = nil
        }
        var sight = LintSight()
        try sight.look(at: folders, files, with: lint)
        return finish(sight, target, project.console)
    }

    private func facts(
        _ migrator: Migrator, _ project: Project
    ) async throws(Diagnostics) -> (Set<MigrationID>?, DatabaseStatistics?) {
        let steps = plan ? try await migrator.plan(try project.goal(migratingTo: nil)).steps : nil
        let statistics = live ? try await migrator.statistics() : nil
        return (steps.map { Set($0.map(\.id)) }, statistics)
    }

    private func finish(
        _ sight: LintSight, _ target: DatabaseTarget?, _ console: Console
    ) -> ExitStatus {
        let diagnostics = sight.problems + sight.report.findings.map(\.diagnostic)
        let status = ExitStatus(diagnostics)
        if console.isJSON {
            console.document(JSONDocument("lint", LintBody(sight, target, status)).text)
            return status
        }
        for diagnostic in diagnostics {
            switch format {
            case .text: console.report(diagnostic)
            case .github: console.answer(GitHubAnnotation(diagnostic).text)
            }
        }
        console.answer(sight.closing)
        return status
    }
}

extension Project {
    func lintConfiguration() throws(Diagnostics) -> LintConfiguration {
        var configuration = LintConfiguration()
        if let limit = try lockTimeoutSetting() { configuration.lockTimeout = limit }
        guard let file = settings.file else { return configuration }
        configuration.levels = try LintSettings.read(
            path: file, environment: environment, rules: Rule.all.map(\.name)
        ).levels
        return configuration
    }
}
