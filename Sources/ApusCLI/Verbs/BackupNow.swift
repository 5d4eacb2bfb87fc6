import ApusCore
import ApusEngine
import ArgumentParser

/// `apus backup`
struct BackupNow: Verb {
    static let configuration = CommandConfiguration(
        commandName: "now", abstract: "Take a backup now, and read it back in full.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        project.announce(migrator)
        let text = RunText(console: project.console)
        let backup = try await migrator.backUp { text.handle($0) }
        if project.console.isJSON {
            project.console.document(
                JSONDocument("backup", BackupTakenBody(backup, migrator.driver.target)).text)
        }
        project.console.answer(
            "Backup \(backup.path): database \(Wording.version(backup.version)), \(Wording.bytes(backup.bytes)), verified, sha256 \(backup.checksum.short)…"
        )
        return .success
    }
}
