import ApusCore
import ApusEngine
import ArgumentParser

/// `apus repair mark-applied ID`
struct RepairMarkApplied: Verb {
    static let configuration = CommandConfiguration(
        commandName: "mark-applied",
        abstract: "Record a migration as applied, without running it.",
        discussion: """
            For what was done or finished by hand. What was left unfinished of it is settled.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var change: ChangeOptions

    var streamsEvents: Bool { change.jsonStream }

    @Argument(
        help: ArgumentHelp(
            "The migration that the database has: its id, VERSION/NAME, or its version.",
            valueName: "id"),
        completion: .versions)
    var migration: String

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator(change)
        let id = try await migrator.migration(named: migration)
        return try await Change(
            project: project, migrator: migrator, options: change, command: "repair mark-applied"
        ).perform(.markApplied(id))
    }
}
