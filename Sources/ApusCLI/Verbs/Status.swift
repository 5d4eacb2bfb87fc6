import ApusCore
import ApusEngine
import ArgumentParser

/// `apus status`
struct Status: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Show what is applied, what is pending, and whether anything has drifted.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Flag(name: .customLong("exit-code"), help: "End with 2 when migrations are pending, 5 on drift.")
    var exitCode = false

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let state = try await project.state(migrator)
        if project.console.isJSON {
            project.console.document(JSONDocument("status", StatusBody(state, project)).text)
        } else {
            StatusText(state: state, console: project.console).print()
        }
        guard exitCode else { return .success }
        return state.hasDrift ? .drift : state.pending.isEmpty ? .success : .pending
    }
}
