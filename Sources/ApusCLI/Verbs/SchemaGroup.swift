import ArgumentParser

/// `apus schema show | diff`
struct SchemaGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Show the live schema; compare it with another.",
        subcommands: [SchemaShow.self, SchemaDiff.self])
}
