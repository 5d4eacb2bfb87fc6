import ArgumentParser

/// `apus backup [list | verify]`
struct BackupGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Take a verified backup now; list and verify backups.",
        subcommands: [BackupNow.self, BackupList.self, BackupVerify.self],
        defaultSubcommand: BackupNow.self)
}
