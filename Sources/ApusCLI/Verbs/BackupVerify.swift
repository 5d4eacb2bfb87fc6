import ApusCore
import ApusEngine
import ArgumentParser

/// `apus backup verify NAME`
struct BackupVerify: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read a backup back in full and compare it with its manifest.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The backup's name, as apus backup list shows it.")
    var name: String

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let backup = try await project.migrator().verifyBackup(name)
        if project.console.isJSON {
            project.console.document(
                JSONDocument("backup-verification", BackupEntryBody(backup)).text)
            return .success
        }
        project.console.answer(
            "\(project.console.paint("✓", .good)) \(backup.name) is good: \(Wording.bytes(backup.bytes)) as in its manifest, SHA-256 equal, read back in full"
        )
        return .success
    }
}
