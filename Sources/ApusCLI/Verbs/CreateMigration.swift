import ApusCore
import ApusEngine
import ArgumentParser
import SystemPackage

/// `apus create-migration V NAME`
struct CreateMigration: Verb {
    static let configuration = CommandConfiguration(
        commandName: "create-migration",
        abstract: "Create a migration from a template, one file in each engine's folder.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The version that the migration belongs to.", completion: .versions)
    var version: String

    @Argument(help: "What it does, such as add_new_table.")
    var name: String

    @Flag(
        name: .customLong("allow-out-of-order"),
        help: "Create it even if it sorts before a migration that is there.")
    var allowOutOfOrder = false

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let creation = try MigrationCreation.decide(
            try Project.version(version), name: name, in: try project.folders(), now: .now,
            allowsOutOfOrder: allowOutOfOrder)
        try creation.write()
        let console = project.console
        if console.isJSON {
            console.document(JSONDocument("create-migration", CreateMigrationBody(creation)).text)
            return .success
        }
        for warning in creation.warnings { console.report(warning) }
        for file in creation.files { console.answer(file.path.string) }
        console.print(
            "Next: write both sections, then \(creation.needsLock ? "apus lock, then " : "")apus plan"
        )
        return .success
    }
}
