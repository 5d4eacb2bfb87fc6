import ApusCore
import ApusEngine
import ArgumentParser

/// `apus schema diff [FROM] [TO]`
struct SchemaDiff: Verb {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show how one schema differs from another.",
        discussion: """
            FROM and TO are recorded (what the last run left), live, a file that \
            `apus schema show --json` wrote, or the name of a backup.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The schema to start from.")
    var from = "recorded"

    @Argument(help: "The schema to compare with it.")
    var to = "live"

    @Flag(
        name: .customLong("ignore-roles"),
        help: "Leave out owners, grants and default privileges.")
    var ignoreRoles = false

    @Flag(name: .customLong("exit-code"), help: "End with 5 when they differ.")
    var exitCode = false

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        project.announce(migrator)
        let difference = try await migrator.schemaDifference(
            from: SchemaReference(from), to: SchemaReference(to), ignoringRoles: ignoreRoles)
        let status: ExitStatus = exitCode && !difference.isEmpty ? .drift : .success
        let console = project.console
        if console.isJSON {
            let body = SchemaDiffBody(
                difference, from: from, to: to, migrator.driver.target, status)
            console.document(JSONDocument("schema-diff", body).text)
            return status
        }
        for line in difference.lines {
            console.answer(console.paint(line, Self.roles[line.first ?? " "] ?? .strong))
        }
        console.print(
            difference.isEmpty
                ? "\(from) and \(to) are equal."
                : "\(Wording.count(difference.lines.count, "difference")) between \(from) and \(to)."
        )
        return status
    }

    private static let roles: [Character: Console.Role] = [
        "+": .good, "-": .bad, "~": .warning,
    ]
}
