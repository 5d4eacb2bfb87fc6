import ApusCore
import ApusEngine
import ArgumentParser

/// `apus schedule cancel N`
struct ScheduleCancel: Verb {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Take away an entry that waits, or the report of one that was not run.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The entry's number, as apus schedule list shows it.")
    var number: Int64

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let entry = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.cancelScheduled(ScheduleID(number))
        }
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("schedule-entry", ScheduleEntryBody(entry, migrator.driver.target))
                    .text)
        }
        console.answer("Entry \(entry.id) is cancelled: \(entry.draft.summary)")
        return .success
    }
}
