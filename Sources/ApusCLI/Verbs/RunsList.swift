import ApusCore
import ApusEngine
import ArgumentParser

/// `apus runs list`
struct RunsList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the latest runs, newest first.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Option(help: ArgumentHelp("How many runs to show.", valueName: "n"))
    var limit = 20

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit takes a number from 1.") }
    }

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let runs = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.runs(limit: limit)
        }
        let console = project.console
        if console.isJSON {
            console.document(JSONDocument("runs", RunListBody(runs, migrator.driver.target)).text)
            return .success
        }
        let text = RunRecordText(console: console)
        for run in runs { console.answer(text.line(run)) }
        console.print(
            runs.isEmpty ? "No runs yet. Next: apus plan" : "Next: apus runs show \(runs[0].id)")
        return .success
    }
}
