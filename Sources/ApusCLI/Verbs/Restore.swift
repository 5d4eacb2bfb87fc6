import ApusCore
import ApusEngine
import ArgumentParser

/// `apus restore BACKUP [--into NAME] [--swap]`
struct Restore: Verb {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore a backup into a new database, and prove that it is what was backed up.",
        discussion: """
            The live database is not touched. With --swap the restored one takes its place in the end, \
            and the live one is kept under a name that is printed. Without BACKUP, --swap exchanges a \
            database that was restored before: apus restore --swap --into NAME
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The backup's name, as apus backup list shows it, or a path to one.")
    var backup: String?

    @Option(
        help: ArgumentHelp(
            "The new database's name; SQLite: file. Else the live one's, with _restored.",
            valueName: "name"))
    var into: String?

    @Flag(help: "Let the restored database take the place of the live one.")
    var swap = false

    @Flag(
        name: .customLong("end-connections"),
        help: "With --swap: end other connections to the two databases (PostgreSQL).")
    var endConnections = false

    @Flag(
        name: .customLong("no-owner"),
        help: "Everything belongs to the role that restores; no rights are restored (PostgreSQL).")
    var noOwner = false

    @Flag(
        name: .customLong("from-another"),
        help:
            "With --swap: the backup may be of another database, such as production's for staging.")
    var fromAnother = false

    @Flag(name: .long, help: "Do not ask.")
    var yes = false

    @Option(
        help: ArgumentHelp(
            "The live database's name, to confirm an exchange in production.", valueName: "name"))
    var confirm: String?

    func validate() throws {
        if backup == nil, !swap || into == nil {
            throw ValidationError(
                "Give a BACKUP, or --swap --into NAME to exchange a restored one.")
        }
        if endConnections, !swap {
            throw ValidationError("--end-connections goes with --swap.")
        }
        if fromAnother, !swap {
            throw ValidationError("--from-another goes with --swap.")
        }
    }

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let console = project.console
        project.announce(migrator)
        if swap {
            try Consent(
                isProduction: project.isProduction, databaseName: migrator.driver.target.name,
                hasYes: yes, confirmed: confirm, acceptedBreaking: []
            ).checkExchange(command: "restore", console: console)
        }
        let text = RestoreText(console: console)
        guard let backup else {
            let exchange = try await migrator.exchange(
                with: into ?? "", endingConnections: endConnections, takesAnother: fromAnother)
            text.handle(.exchanged(exchange))
            if console.isJSON {
                console.document(
                    JSONDocument("exchange", ExchangeBody(exchange, migrator.driver.target)).text)
            }
            console.answer(RestoreText.closing(exchange, migrator.driver.target))
            return .success
        }
        let report = try await migrator.restore(
            RestoreRequest(
                backup: backup, name: into, swaps: swap, endsConnections: endConnections,
                keepsOwners: !noOwner, takesAnother: fromAnother)
        ) { text.handle($0) }
        if console.isJSON { console.document(JSONDocument("restore", RestoreBody(report)).text) }
        for warning in report.warnings { console.report(warning) }
        text.finish(report, live: migrator.driver.target)
        guard let failure = report.failure else { return .success }
        if !console.isJSON { console.report(failure) }
        return ExitStatus([failure])
    }
}
