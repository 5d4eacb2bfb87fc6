import ApusCore
import ApusEngine
import ArgumentParser

/// `apus migrate [V]`
struct Migrate: Verb {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Apply pending migrations: all of them, or up to a version.",
        discussion: "A verified backup is taken first. See: apus plan")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var revert: RevertOptions

    var streamsEvents: Bool { change.jsonStream }

    @Argument(help: "The version to go to; everything pending without it.", completion: .versions)
    var version: String?

    @Flag(
        name: .customLong("allow-out-of-order"), help: "Accept migrations older than applied ones.")
    var allowOutOfOrder = false

    @Flag(help: "Leave the batches of data migrations to apus work or apus serve.")
    var background = false

    @Flag(
        name: .customLong("trace-locks"),
        help: "Read which locks are held behind each statement, and tell of them.")
    var traceLocks = false

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        var migrator = try project.migrator(change)
        migrator.options.planning.allowsOutOfOrder = allowOutOfOrder
        migrator.options.planning.leavesBatches = background
        migrator.options.step.tracesLocks = traceLocks
        migrator.options.revert = try revert.terms()
        _ = try revert.healthCommand()
        return try await Change(
            project: project, migrator: migrator, options: change, command: "migrate",
            revert: revert
        )
        .perform(try project.goal(migratingTo: version))
    }
}
