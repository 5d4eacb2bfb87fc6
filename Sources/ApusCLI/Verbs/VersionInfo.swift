import ApusCore
import ApusEngine
import ArgumentParser

/// `apus version info`
struct VersionInfo: Verb {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract:
            "Show versions, minimum versions, the current release, what is pending, the roadmap.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let state = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.state()
        }
        if project.console.isJSON {
            project.console.document(
                JSONDocument("version-info", VersionInfoBody(state, project.catalogue)).text)
        } else {
            VersionInfoText(state: state, catalogue: project.catalogue, console: project.console)
                .print()
        }
        return .success
    }
}
