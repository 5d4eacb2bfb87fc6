import ArgumentParser

/// `apus data list | pause | resume | cancel`
struct DataGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Show data migrations, and pause, resume or cancel them.",
        subcommands: [DataList.self, DataPause.self, DataResume.self, DataCancel.self],
        defaultSubcommand: DataList.self)
}
