import ApusCore
import ApusEngine
import ArgumentParser

/// `apus doctor`
struct Doctor: Verb {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at everything that a run needs, and say what is wrong and what mends it.",
        discussion:
            "Changes nothing. Ends with 0, or with the code that the first error would stop a run with."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Option(
        name: .customLong("older-than"),
        help: ArgumentHelp(
            "Show sessions that have been idle in a transaction for so long; else 30s.",
            valueName: "time"))
    var olderThan: String?

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        var limits = ExaminationLimits()
        if let olderThan {
            limits.idle = try Project.duration(olderThan, "--older-than")
            limits.statement = limits.idle
        }
        var diagnosis = await migrator.diagnose(settings: project.settingsTable, limits: limits)
        diagnosis.findings += project.configurationFindings
        let status = diagnosis.outcome.map { ExitStatus($0.outcome) } ?? .success
        let console = project.console
        if console.isJSON {
            console.document(
                JSONDocument("doctor", DoctorBody(diagnosis, migrator.driver.target, status)).text)
            return status
        }
        console.print(
            project.targetLine(
                migrator.driver.target,
                product: diagnosis.facts?.product ?? migrator.driver.engine.displayName))
        DoctorText(diagnosis: diagnosis, console: console).print()
        return status
    }
}
