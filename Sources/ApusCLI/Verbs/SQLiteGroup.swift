import ArgumentParser

/// `apus sqlite rebuild`
struct SQLiteGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sqlite", abstract: "Work that only SQLite needs.",
        subcommands: [SQLiteRebuild.self])
}
