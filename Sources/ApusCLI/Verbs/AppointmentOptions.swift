import ArgumentParser

/// What a command asks for that has a plan run later.
struct AppointmentOptions: ParsableArguments {
    @Flag(name: .long, help: "Do not ask.")
    var yes = false

    @Flag(name: .customLong("no-backup"), help: "Take no backup first.")
    var noBackup = false

    @Flag(name: .customLong("dry-run"), help: "Print the plan and the SQL, and schedule nothing.")
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
            "How long to wait for a run to end, such as 60s.", valueName: "time"))
    var lockWait: String?

    /// The same as a change has them.
    var options: ChangeOptions {
        var options = ChangeOptions()
        options.yes = yes
        options.noBackup = noBackup
        options.dryRun = dryRun
        options.confirm = confirm
        options.acceptBreaking = acceptBreaking
        options.lockWait = lockWait
        options.jsonStream = false
        return options
    }
}
