import ApusCore
import ApusEngine
import ArgumentParser

/// `apus data list`
struct DataList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the data migrations and how far they have come.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let (all, applied) = try await project.announcing(migrator) {
            (migrator) throws(Diagnostics) in
            (try await migrator.dataProgress(), try await migrator.appliedMigrations())
        }
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("data", DataBody(all, migrator.driver.target)).text)
            return .success
        }
        DataText(console: console).list(all, applied: applied)
        return .success
    }
}
