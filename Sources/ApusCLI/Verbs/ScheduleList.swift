import ApusCore
import ApusEngine
import ArgumentParser

/// `apus schedule list`
struct ScheduleList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what waits for its time, and what became of what had its time.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Option(help: ArgumentHelp("How many entries that have ended to show.", valueName: "n"))
    var limit = 20

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit takes a number from 1.") }
    }

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let entries = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.schedule(limit: limit)
        }
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("schedule", ScheduleBody(entries, migrator.driver.target)).text)
            return .success
        }
        let text = ScheduleText(console: console)
        for entry in entries { console.answer(text.line(entry, now: migrator.now())) }
        console.print(
            entries.first.map { "Next: apus schedule show \($0.id)" }
                ?? "Nothing is scheduled. Next: apus schedule migrate --window \"Sun 02:00-04:00 Europe/Ljubljana\""
        )
        return .success
    }
}
