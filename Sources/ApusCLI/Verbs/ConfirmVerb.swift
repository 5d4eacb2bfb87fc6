import ApusCore
import ApusEngine
import ArgumentParser

/// `apus confirm RUN`
struct ConfirmVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "confirm",
        abstract: "Keep what a run did that would be taken back otherwise.",
        discussion: "For a run that was begun with apus migrate --revert-unless-confirmed.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The run's number, as apus migrate and apus runs list show it.")
    var run: Int64

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let entry = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.confirm(RunID(run))
        }
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("schedule-entry", ScheduleEntryBody(entry, migrator.driver.target))
                    .text)
        }
        console.answer("Run \(run) is confirmed and stays.")
        return .success
    }
}
