import ApusCore
import ApusEngine
import ArgumentParser

/// `apus repair accept ID`
struct RepairAccept: Verb {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract: "Accept the edit of an applied file: the history takes its text and checksums.",
        discussion: """
            Nothing is run. For an edit that the database already has, or that changes nothing in it. \
            Otherwise put the file back, and write the change as a new migration.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var change: ChangeOptions

    var streamsEvents: Bool { change.jsonStream }

    @Argument(
        help: ArgumentHelp(
            "The migration whose file was edited: its id, VERSION/NAME, or its version.",
            valueName: "id"),
        completion: .versions)
    var migration: String

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator(change)
        let id = try await migrator.migration(named: migration)
        return try await Change(
            project: project, migrator: migrator, options: change, command: "repair accept"
        ).perform(.acceptEdit(id))
    }
}
