import ApusCore
import ArgumentParser

/// When colour is used.
enum ColourChoice: String, ExpressibleByArgument, CaseIterable, Sendable {
    case auto, always, never
}

/// How a command writes.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON document on standard output, and nothing else.")
    var json = false

    @Option(name: .long, help: "Use colour: auto, always or never.")
    var color: ColourChoice = .auto

    @Flag(name: [.customShort("q"), .long], help: "Print only the answer and errors.")
    var quiet = false

    @Flag(name: [.customShort("v"), .long], help: "Print more.")
    var verbose = false

    func console(_ environment: [String: String]) -> Console {
        Console(
            colour: color,
            verbosity: quiet ? .quiet : verbose ? .verbose : .normal, isJSON: json,
            environment: environment)
    }
}

/// Where the project and the database are.
struct ProjectOptions: ParsableArguments {
    @Option(
        name: .customLong("database-url"),
        help: ArgumentHelp(
            "The database: postgres://…, a libpq conninfo string, or sqlite:PATH.",
            valueName: "url"))
    var databaseURL: String?

    @Option(help: ArgumentHelp("The folder of migration files.", valueName: "folder"))
    var migrations: String?

    @Option(help: "postgres or sqlite, where no database is needed.")
    var engine: String?

    @Option(help: ArgumentHelp("The catalogue (versions.yaml).", valueName: "file"))
    var versions: String?

    @Option(help: ArgumentHelp("The application version to judge by.", valueName: "version"))
    var application: String?

    @Option(
        help: ArgumentHelp("development, production, or a name of your own.", valueName: "name"))
    var environment: String?

    @Option(help: ArgumentHelp("The configuration file (apus.yaml).", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("lock-timeout"),
        help: ArgumentHelp("How long a statement waits for a lock, such as 5s.", valueName: "time"))
    var lockTimeout: String?

    @Option(
        name: .customLong("statement-timeout"),
        help: ArgumentHelp("How long a statement may take, such as 10min.", valueName: "time"))
    var statementTimeout: String?

    /// The flags as the first layer of the configuration.
    var flags: [Setting: String] {
        let pairs: [(Setting, String?)] = [
            (.databaseURL, databaseURL), (.migrations, migrations), (.engine, engine),
            (.versions, versions), (.application, application), (.environment, environment),
            (.lockTimeout, lockTimeout), (.statementTimeout, statementTimeout),
        ]
        return Dictionary(
            uniqueKeysWithValues: pairs.compactMap { pair in pair.1.map { (pair.0, $0) } })
    }
}

/// What a command that changes the database asks for.
struct ChangeOptions: ParsableArguments {
    @Flag(name: .long, help: "Do not ask.")
    var yes = false

    @Flag(name: .customLong("no-backup"), help: "Take no backup first.")
    var noBackup = false

    @Flag(name: .customLong("dry-run"), help: "Print the plan and the SQL, and touch nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "The database's name, to confirm a rollback that loses data.", valueName: "name"))
    var confirm: String?

    @Option(
        name: .customLong("accept-breaking"), parsing: .singleValue,
        help: ArgumentHelp(
            "A release whose breaking changes are accepted; may be repeated.",
            valueName: "version"))
    var acceptBreaking: [String] = []

    @Option(
        name: .customLong("lock-wait"),
        help: ArgumentHelp(
            "How long to wait for another run to end, such as 60s.", valueName: "time"))
    var lockWait: String?

    @Flag(name: .customLong("json-stream"), help: "Print one JSON event a line while it runs.")
    var jsonStream = false
}
