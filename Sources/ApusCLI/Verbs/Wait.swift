import ApusCore
import ApusEngine
import ArgumentParser

/// `apus wait [V] [--timeout T]`
struct Wait: Verb {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until the database is reachable and up to date, and no run is going on.",
        discussion: """
            For init containers and deployment jobs. What is missing is printed once, each time that \
            it changes. When the time is over it ends with 8 (not reachable), 6 (a run is going on), 4 \
            (one stopped midway) or 2 (migrations are pending).
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(
        help: "Wait for this version or a later one; for everything in the folder without it.",
        completion: .versions)
    var version: String?

    @Option(help: ArgumentHelp("How long to wait, such as 60s.", valueName: "time"))
    var timeout = "60s"

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let console = project.console
        let version = try version.map { (text) throws(Diagnostics) in try Project.version(text) }
        let limit = try Project.duration(timeout, "--timeout")
        let start = ContinuousClock.now
        // At once: which server it is, it may not tell for a while.
        project.announce(migrator)
        let reached = try await migrator.wait(for: version, atMost: limit) { missing in
            console.note("waiting: \(missing.sentence)")
        }
        let waited = ContinuousClock.now - start
        if console.isJSON {
            console.document(
                JSONDocument("wait", WaitBody(reached, waited, migrator.driver.target)).text)
        }
        console.answer(
            "Ready: database \(Wording.version(reached)) after \(Wording.duration(waited)).")
        return .success
    }
}

/// `apus.wait/1`
private struct WaitBody: Encodable {
    var target: TargetBody
    var databaseVersion: String?
    var durationSeconds: Double

    init(_ version: SemanticVersion?, _ waited: Duration, _ target: DatabaseTarget) {
        self.target = TargetBody(target)
        databaseVersion = version?.description
        durationSeconds = waited.inSeconds
    }
}
