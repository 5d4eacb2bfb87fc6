import ApusCore
import ApusEngine
import ArgumentParser

/// `apus schedule migrate [V] --at TIME | --window WINDOW`
struct ScheduleMigrate: Verb {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Have pending migrations applied at their time.",
        discussion: """
            The plan is made and agreed to now. If it would be another one at the time, it is not run, \
            and that is said.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var timing: TimingOptions
    @OptionGroup var change: AppointmentOptions

    @Argument(help: "The version to go to; everything pending without it.", completion: .versions)
    var version: String?

    @Flag(
        name: .customLong("allow-out-of-order"), help: "Accept migrations older than applied ones.")
    var allowOutOfOrder = false

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        var migrator = try project.migrator(change.options)
        migrator.options.planning.allowsOutOfOrder = allowOutOfOrder
        return try await Appointment(
            project: project, migrator: migrator, options: change.options, timing: timing,
            command: "schedule migrate"
        )
        .make(try project.goal(migratingTo: version))
    }
}
