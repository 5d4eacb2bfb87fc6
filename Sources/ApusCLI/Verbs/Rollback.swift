import ApusCore
import ApusEngine
import ArgumentParser

/// `apus rollback V | --to V | --steps N`
struct Rollback: Verb {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Undo a version, return to one, or undo the last migrations.",
        discussion: """
            The down section that was kept when a migration was applied is run, so the file need not \
            be there. A verified backup is taken first.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var selection: RollbackOptions

    var streamsEvents: Bool { change.jsonStream }

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        var migrator = try project.migrator(change)
        migrator.options.planning.down = selection.origin
        return try await Change(
            project: project, migrator: migrator, options: change, command: "rollback"
        )
        .perform(try selection.goal())
    }
}
