import ApusCore
import ApusEngine
import ArgumentParser

/// `apus data pause ID`
struct DataPause: Verb {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stop working on a data migration behind the batch that goes on.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The migration's id, or VERSION/NAME.")
    var id: String

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        try await DataStateChange(id: id, change: .pause, done: "paused").perform(in: project)
    }
}
