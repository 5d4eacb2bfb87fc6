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

            --fix rewrites files: apus explain RULE says what it writes. Of files that a database has had \
            it knows with --plan or --live.
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

    @Flag(help: "Rewrite what can be rewritten safely, in the files and in new ones behind them.")
    var fix = false

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
        var untouchable: [MigrationID: String] = [:]
        if plan || live {
            let migrator = try project.migrator()
            folders = [migrator.folder]
            target = migrator.driver.target
            let facts = try await project.announcing(migrator) {
                (migrator) throws(Diagnostics) in try await self.facts(migrator, project)
            }
            if let planned = facts.planned {
                lint.plan = planned
                lint.selection = planned
            }
            lint.statistics = facts.statistics
            untouchable = facts.untouchable
        } else {
            folders = try project.folders()
            target = nil
        }
        var looked = files
        var fixing: LintFixing?
        if fix {
            var work = LintFixing()
            try work.fix(folders, files, with: lint, untouchable: untouchable)
            // What was split off is judged like what it was split from.
            lint.plan = plan ? lint.plan.union(work.added) : lint.plan
            lint.selection?.formUnion(work.added)
            if !files.isEmpty { looked += work.rewritten.flatMap(\.added) }
            fixing = work
        }
        var sight = LintSight()
        try sight.look(at: folders, looked, with: lint)
        return finish(sight, target, fixing, project.console)
    }

    /// What a database is asked.
    private struct Facts {
        var planned: Set<MigrationID>?
        var statistics: DatabaseStatistics?
        /// What it has had, and what is before that.
        var untouchable: [MigrationID: String] = [:]
    }

    private func facts(
        _ migrator: Migrator, _ project: Project
    ) async throws(Diagnostics) -> Facts {
        var facts = Facts()
        if plan {
            let steps = try await migrator.plan(try project.goal(migratingTo: nil)).steps
            facts.planned = Set(steps.map(\.id))
        }
        if live { facts.statistics = try await migrator.statistics() }
        if fix { facts.untouchable = try await migrator.state().untouchable }
        return facts
    }

    private func finish(
        _ sight: LintSight, _ target: DatabaseTarget?, _ fixing: LintFixing?, _ console: Console
    ) -> ExitStatus {
        let problems = (fixing?.problems ?? []) + sight.problems
        let diagnostics = problems + sight.report.findings.map(\.diagnostic)
        let status = ExitStatus(diagnostics)
        if console.isJSON {
            console.document(JSONDocument("lint", LintBody(sight, target, fixing, status)).text)
            return status
        }
        if let fixing {
            LintFixText(fixing: fixing, knowsHistory: target != nil, console: console).print()
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
