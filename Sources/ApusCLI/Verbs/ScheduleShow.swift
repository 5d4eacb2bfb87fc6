import ApusCore
import ApusEngine
import ArgumentParser

/// `apus schedule show N`
struct ScheduleShow: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one entry of the schedule.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The entry's number, as apus schedule list shows it.")
    var number: Int64

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let entry = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.scheduled(ScheduleID(number))
        }
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("schedule-entry", ScheduleEntryBody(entry, migrator.driver.target))
                    .text)
        } else {
            ScheduleText(console: console).print(entry, now: migrator.now())
        }
        return .success
    }
}
