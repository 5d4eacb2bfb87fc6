import ApusCore
import ApusEngine
import ArgumentParser

/// `apus repair resume`
struct RepairResume: Verb {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Finish what was begun and has no end: steps without a transaction, and runs.",
        discussion: "Goes on at the statement that failed, up or down, and applies nothing else.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var change: ChangeOptions

    var streamsEvents: Bool { change.jsonStream }

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        try await Change(
            project: project, migrator: try project.migrator(change), options: change,
            command: "repair resume"
        ).perform(.resume)
    }
}
