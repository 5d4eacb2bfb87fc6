import ApusCore
import ApusEngine
import ArgumentParser

/// `apus analytics`
struct AnalyticsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "analytics",
        abstract: "Show what the journal says: durations, failures, backups, and a forecast.",
        discussion:
            "Nothing is sent anywhere. With --from, the figures of other databases, each written there with --json, stand beside its own, and the next plan's duration is forecast from them."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Flag(help: "Print the durations as CSV.")
    var csv = false

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Documents of other databases, written with --json.", valueName: "file"))
    var from: [String] = []

    func validate() throws {
        if output.json, csv { throw ValidationError("--json and --csv exclude each other.") }
    }

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let others = try from.map { (path) throws(Diagnostics) in try FiguresFile.read(path) }
        let migrator = try project.migrator()
        let environment = project.environment
        let console = project.console
        let analytics: Analytics
        if csv {
            // The table is the whole output: it may go straight into a file.
            analytics = try await migrator.analytics(environment: environment, besides: others)
            console.document(AnalyticsCSV(analytics).text)
            return .success
        }
        analytics = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.analytics(environment: environment, besides: others)
        }
        if console.isJSON {
            let body = AnalyticsBody(analytics, migrator.driver.target)
            console.document(JSONDocument("analytics", body).text)
        } else {
            AnalyticsText(analytics: analytics, console: console).print()
        }
        return .success
    }
}
