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
        let text = RunText(console: project.console)
        let news = try project.news(migrator)
        let backup: BackupRecord
        do throws(Diagnostics) {
            backup = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
                try await migrator.backUp { text.handle($0) }
            }
        } catch {
            await news.end(backupFailed: error)
            throw error
        }
        if project.console.isJSON {
            project.console.document(
                JSONDocument("backup", BackupTakenBody(backup, migrator.driver.target)).text)
        }
        let proof = backup.isVerified ? "verified" : "not verified"
        project.console.answer(
            "Backup \(backup.path): database \(Wording.version(backup.version)), \(Wording.bytes(backup.bytes)), \(proof), sha256 \(backup.checksum.short)…"
        )
        return .success
    }
}
