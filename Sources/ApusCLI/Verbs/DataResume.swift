import ApusCore
import ApusEngine
import ArgumentParser

/// `apus data resume ID`
struct DataResume: Verb {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a data migration go on behind its last batch.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The migration's id, or VERSION/NAME.")
    var id: String

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        try await DataStateChange(id: id, change: .resume, done: "open again").perform(in: project)
    }
}
