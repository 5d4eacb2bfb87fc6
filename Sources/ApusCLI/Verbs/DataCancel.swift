import ApusCore
import ApusEngine
import ArgumentParser

/// `apus data cancel ID`
struct DataCancel: Verb {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Give a data migration up; what its batches did stays.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The migration's id, or VERSION/NAME.")
    var id: String

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        try await DataStateChange(id: id, change: .cancel, done: "cancelled").perform(in: project)
    }
}
