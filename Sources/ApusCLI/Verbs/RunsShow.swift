import ApusCore
import ApusEngine
import ArgumentParser

/// `apus runs show N`
struct RunsShow: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one run with its journal.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The run's number, as apus runs list shows it.")
    var number: Int64

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let run = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.run(RunID(number))
        }
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("run-record", RunRecordBody(run, migrator.driver.target)).text)
        } else {
            RunRecordText(console: console).print(run)
        }
        return .success
    }
}
