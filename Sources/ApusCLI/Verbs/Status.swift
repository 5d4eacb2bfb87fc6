import ApusCore
import ApusEngine
import ArgumentParser

/// `apus status`
struct Status: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what is applied, what is pending, and whether anything has drifted.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Flag(
        name: .customLong("exit-code"),
        help: "End with 2 when migrations are pending, 4 on an unfinished one, 5 on drift.")
    var exitCode = false

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let state = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.state()
        }
        if project.console.isJSON {
            project.console.document(
                JSONDocument("status", StatusBody(state, project, now: migrator.now())).text)
        } else {
            StatusText(state: state, console: project.console, now: migrator.now()).print()
        }
        if !state.problems.isEmpty { return ExitStatus(state.problems) }
        return exitCode ? Self.status(of: state) : .success
    }

    /// Drift before anything else, then what stopped midway, then what waits.
    private static func status(of state: DatabaseState) -> ExitStatus {
        if state.hasDrift { return .drift }
        let found = Set(state.migrations.map(\.status))
        if found.contains(.unfinished) { return .partial }
        return state.pending.isEmpty && !found.contains(.late) ? .success : .pending
    }
}
