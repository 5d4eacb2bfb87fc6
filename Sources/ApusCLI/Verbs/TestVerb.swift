import ApusCore
import ApusEngine
import ArgumentParser
import Foundation

/// `apus test [V]`
struct TestVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Rehearse what is pending in a database that is removed afterwards.",
        discussion: """
            Every migration is applied, undone and applied again; schema and data are compared, and \
            the queries in tests/VERSION_NAME.sql must return no rows. The database itself is not \
            touched. Ends with 7 where something speaks against the migrations.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The version to go to; everything there is without it.", completion: .versions)
    var version: String?

    @Option(
        help: ArgumentHelp(
            "What to begin with: nothing, latest (the newest good backup), or a backup.",
            valueName: "start"),
        completion: .list(["nothing", "latest"]))
    var from = "nothing"

    @Flag(
        name: .customLong("private-server"),
        help: "Start a PostgreSQL server for it, which is ended and removed with it.")
    var privateServer = false

    @Option(
        help: ArgumentHelp("Write the results as JUnit XML as well.", valueName: "file"),
        completion: .file(extensions: ["xml"]))
    var junit: String?

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let console = project.console
        var request = try project.rehearsalRequest(migrator.driver.engine)
        request.target = try version.map { (text) throws(Diagnostics) in
            try Project.version(text)
        }
        request.start = RehearsalStart(from)
        request.place = privateServer ? .privateServer : .beside
        project.announce(migrator)
        let text = RehearsalText(console: console)
        let report = try await migrator.rehearse(request) { text.handle($0) }
        if let junit { try Self.write(JUnitReport(report).text, to: junit) }
        if console.isJSON {
            console.document(
                JSONDocument("rehearsal", RehearsalBody(report, migrator.driver.target)).text)
        }
        text.finish(report, request)
        // What was found speaks against a plan; nothing has failed that was to be changed.
        return report.passed ? .success : .refused
    }

    private static func write(_ text: String, to path: String) throws(Diagnostics) {
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw Diagnostics([
                Diagnostic(
                    .fileUnreadable, "\(path) cannot be written: \(error.localizedDescription)")
            ])
        }
    }
}
