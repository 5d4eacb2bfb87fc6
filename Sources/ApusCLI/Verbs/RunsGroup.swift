import ArgumentParser

/// `apus runs list | show`
struct RunsGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Show the runs that the database remembers.",
        subcommands: [RunsList.self, RunsShow.self], defaultSubcommand: RunsList.self)
}
