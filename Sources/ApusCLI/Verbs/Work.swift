import ApusCore
import ApusEngine
import ArgumentParser

/// `apus work`
struct Work: Verb {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Do the batches of data migrations that migrate left to the background.",
        discussion: """
            Ends when all of them are complete, with 7 where one was stopped. Several may run at a time, \
            and beside apus serve, which does the same: each data migration has one worker.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Flag(help: "Go on waiting for more, until it is told to stop.")
    var watch = false

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let console = project.console
        project.announce(migrator)
        let text = WorkText(console: console)
        let left = try await migrator.work(until: watch ? .never : .whenIdle) { text.handle($0) }
        if console.isJSON {
            console.document(
                JSONDocument("data", DataBody(left, migrator.driver.target)).text)
        } else if left.isEmpty {
            console.answer("Every data migration is complete.")
        } else {
            DataText(console: console).list(left)
        }
        return left.isEmpty ? .success : .refused
    }
}
