import ApusCore
import ApusEngine
import ArgumentParser

/// `apus backup verify [NAME]`
struct BackupVerify: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read a backup back in full and compare it with its manifest; all without NAME.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The backup's name, as apus backup list shows it.")
    var name: String?

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let console = project.console
        if let name {
            let backup = try await verify(name, migrator, console)
            if console.isJSON {
                console.document(JSONDocument("backup-verification", BackupEntryBody(backup)).text)
            }
            return .success
        }
        var (verified, problems): ([BackupEntry], [Diagnostic]) = ([], [])
        for entry in try project.backups().list() where entry.isOf(migrator.driver) {
            do throws(Diagnostics) {
                verified.append(try await verify(entry.name, migrator, console))
            } catch {
                let named = error.all.map { $0.naming(entry.name) }
                problems += named
                if !console.isJSON { named.forEach(console.report) }
            }
        }
        if console.isJSON {
            console.document(
                JSONDocument("backup-verifications", BackupVerificationsBody(verified, problems))
                    .text)
        }
        if problems.isEmpty, verified.isEmpty { console.answer("There is no backup to verify.") }
        return ExitStatus(problems)
    }

    private func verify(
        _ name: String, _ migrator: Migrator, _ console: Console
    ) async throws(Diagnostics) -> BackupEntry {
        let meter = ByteMeter()
        let backup = try await migrator.verifyBackup(name) { step in
            console.progress(
                "  ◐ \(name), \(step.phase.words): \(meter.line(step.phase.rawValue, step.bytes, of: step.expected))"
            )
        }
        guard backup.isVerified else {
            let found =
                backup.isHere
                ? "as in its manifest, \(Wording.bytes(backup.bytes)), SHA-256 equal"
                : "kept elsewhere, and not looked at"
            console.answer(
                "\(console.paint("–", .warning)) \(backup.name) is not verified: \(found); nothing could read it back, for want of backup_verify_command in apus.yaml"
            )
            return backup
        }
        console.answer(
            "\(console.paint("✓", .good)) \(backup.name) is good: \(Wording.bytes(backup.bytes)) as in its manifest, SHA-256 equal, read back in full"
        )
        return backup
    }
}

extension Diagnostic {
    /// Of several backups, which one it is about.
    fileprivate func naming(_ backup: String) -> Diagnostic {
        guard !message.contains(backup) else { return self }
        var named = self
        named.message = "\(backup): \(message)"
        return named
    }
}

extension BackupEntry {
    /// Whether it can be read for a database of this kind; a manifest that cannot be read is told of.
    fileprivate func isOf(_ driver: any Driver) -> Bool {
        engine.isEmpty || engine == driver.engine.rawValue
    }
}
