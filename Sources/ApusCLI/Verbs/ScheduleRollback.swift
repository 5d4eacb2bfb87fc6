import ApusCore
import ApusEngine
import ArgumentParser

/// `apus schedule rollback V | --to V | --steps N, --at TIME | --window WINDOW`
struct ScheduleRollback: Verb {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Have a version undone at its time, or a return to one.",
        discussion: """
            The plan is made and agreed to now. If it would be another one at the time, it is not run, \
            and that is said.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var timing: TimingOptions
    @OptionGroup var change: AppointmentOptions
    @OptionGroup var selection: RollbackOptions

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        var migrator = try project.migrator(change.options)
        migrator.options.planning.down = selection.origin
        return try await Appointment(
            project: project, migrator: migrator, options: change.options, timing: timing,
            command: "schedule rollback"
        )
        .make(try selection.goal())
    }
}
