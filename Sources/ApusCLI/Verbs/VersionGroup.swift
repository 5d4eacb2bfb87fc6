import ArgumentParser

/// `apus version current | info | changelog | compatibility | history | path`
struct VersionGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract:
            "Show versions of application and database, releases, compatibility, upgrade paths.",
        subcommands: [
            VersionCurrent.self, VersionInfo.self, VersionChangelog.self,
            VersionCompatibility.self, VersionHistory.self, VersionPath.self,
        ],
        defaultSubcommand: VersionInfo.self)
}
