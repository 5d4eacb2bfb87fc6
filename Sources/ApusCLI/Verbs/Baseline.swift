import ApusCore
import ApusEngine
import ArgumentParser

/// `apus baseline V`
struct Baseline: Verb {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract:
            "Start a history for existing tables: record migrations up to a version, run none.",
        discussion: "baseline 0.0.0 records no migration: the tables that exist belong to none.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var change: ChangeOptions

    var streamsEvents: Bool { change.jsonStream }

    @Argument(help: "The version that the database already has.", completion: .versions)
    var version: String

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let goal = Goal.baseline(try Project.version(version))
        return try await Change(
            project: project, migrator: try project.migrator(change), options: change,
            command: "baseline"
        ).perform(goal)
    }
}
