import ApusCore
import ApusEngine
import ArgumentParser

/// `apus repair mark-reverted ID`
struct RepairMarkReverted: Verb {
    static let configuration = CommandConfiguration(
        commandName: "mark-reverted",
        abstract: "Record a migration as not applied, without running anything.",
        discussion: """
            For what was undone or taken back by hand. What was left unfinished of it is settled.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var change: ChangeOptions

    var streamsEvents: Bool { change.jsonStream }

    @Argument(
        help: ArgumentHelp(
            "The migration that the database does not have: its id, VERSION/NAME, or its version.",
            valueName: "id"),
        completion: .versions)
    var migration: String

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator(change)
        let id = try await migrator.migration(named: migration)
        return try await Change(
            project: project, migrator: migrator, options: change, command: "repair mark-reverted"
        ).perform(.markReverted(id))
    }
}
