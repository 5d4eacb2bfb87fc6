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
        // What is not applied yet belongs to a run in the foreground, which is over or waits.
        let others =
            left.isEmpty ? try await migrator.dataProgress().filter { $0.state != .done } : []
        if console.isJSON {
            console.document(
                JSONDocument("data", DataBody(left + others, migrator.driver.target)).text)
        } else if let first = others.first {
            DataText(console: console).lines(others)
            console.print(
                first.state == .open
                    ? "Run \(first.run) does it in the foreground; where that is over, apus migrate goes on."
                    : "Run \(first.run) did it in the foreground. Next: apus data resume \(first.migration.reference), then apus migrate"
            )
        } else if left.isEmpty {
            console.answer("Every data migration is complete.")
        } else {
            DataText(console: console).list(left)
        }
        return (left + others).allSatisfy { $0.state == .open } ? .success : .refused
    }
}
