import ApusCore
import ApusEngine
import ArgumentParser

/// `apus version current`
struct VersionCurrent: Verb {
    static let configuration = CommandConfiguration(
        commandName: "current", abstract: "Show the database version and the application version.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let state = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.state()
        }
        let console = project.console
        if console.isJSON {
            console.document(JSONDocument("version", VersionCurrentBody(state)).text)
        }
        console.answer("database    \(Wording.version(state.version))")
        console.answer("application \(state.application?.description ?? "not declared")")
        return .success
    }
}
