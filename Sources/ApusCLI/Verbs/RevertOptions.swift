import ApusCore
import ApusEngine
import ArgumentParser

/// Whether a run is taken back unless somebody confirms it.
struct RevertOptions: ParsableArguments {
    @Option(
        name: .customLong("revert-unless-confirmed"),
        help: ArgumentHelp(
            "Roll back what was applied unless apus confirm RUN comes within this time, such as 30m.",
            valueName: "time"))
    var patience: String?

    @Option(
        help: ArgumentHelp(
            "While waiting, run this command; roll back at once when it fails.",
            valueName: "command"))
    var health: String?

    @Option(
        name: .customLong("health-every"),
        help: ArgumentHelp("How often: 10s unless given.", valueName: "time"))
    var healthEvery: String?

    @Flag(
        name: .customLong("no-wait"),
        help: "End at once: apus serve or apus run-due rolls back when the time is over.")
    var noWait = false

    func validate() throws {
        guard patience == nil, health != nil || healthEvery != nil || noWait else {
            if health != nil, noWait {
                throw ValidationError("--health wants somebody who waits: leave --no-wait out.")
            }
            if healthEvery != nil, health == nil {
                throw ValidationError("--health-every goes with --health.")
            }
            return
        }
        throw ValidationError(
            "--health, --health-every and --no-wait go with --revert-unless-confirmed.")
    }

    func terms() throws(Diagnostics) -> RevertTerms? {
        guard let patience else { return nil }
        let duration = try Project.duration(patience, "--revert-unless-confirmed")
        guard duration >= .seconds(1) else {
            throw Diagnostics([
                Diagnostic(
                    .usage, "nobody can confirm a run within \(patience)",
                    help: ["give it more time: --revert-unless-confirmed 30m"])
            ])
        }
        return RevertTerms(patience: duration)
    }

    func healthCommand() throws(Diagnostics) -> HealthCommand? {
        guard let health else { return nil }
        guard let healthEvery else { return HealthCommand(health) }
        return HealthCommand(health, every: try Project.duration(healthEvery, "--health-every"))
    }
}
