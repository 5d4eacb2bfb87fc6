import ArgumentParser

/// `apus backup [list | verify | prune]`
struct BackupGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Take a verified backup now; list, verify and remove backups.",
        subcommands: [BackupNow.self, BackupList.self, BackupVerify.self, BackupPrune.self],
        defaultSubcommand: BackupNow.self)
}
