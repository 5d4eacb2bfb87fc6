import ApusCore
import ApusEngine
import ArgumentParser

/// `apus plan [V]`
struct PlanVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what migrate would do, and change nothing.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    @Argument(help: "The version to go to; everything pending without it.", completion: .versions)
    var version: String?

    @Flag(
        name: .customLong("allow-out-of-order"), help: "Accept migrations older than applied ones.")
    var allowOutOfOrder = false

    @Flag(help: "Print the SQL as well.")
    var sql = false

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        var migrator = try project.migrator()
        migrator.options.planning.allowsOutOfOrder = allowOutOfOrder
        let goal = try project.goal(migratingTo: version)
        let (outlook, locks) = try await project.announcing(migrator) {
            (migrator) throws(Diagnostics) in
            let outlook = try await migrator.outlook(goal)
            return (outlook, await PlannedLocksReport.of(outlook, migrator))
        }
        let plan = outlook.plan
        if project.console.isJSON {
            project.console.document(
                JSONDocument(
                    "plan", PlanBody(plan, migrator.driver.target, outlook.rehearsal, locks)
                ).text)
            return .success
        }
        PlanText(
            plan: plan, console: project.console, rehearsal: outlook.rehearsal, locks: locks
        )
        .print(withSQL: sql)
        if !plan.isEmpty {
            let wanted = version.map { " \($0)" } ?? ""
            let next =
                if case .closed? = outlook.rehearsal {
                    RehearsalGate.commands(for: plan)
                } else {
                    "apus migrate\(wanted)\(project.applicationFlag)"
                }
            project.console.print("Digest \(plan.digest.short). Next: \(next)")
        }
        return .success
    }
}

extension Project {
    /// The goal of `migrate [V]`: the argument, else the latest, which ends at `target:` of the configuration.
    func goal(migratingTo argument: String?) throws(Diagnostics) -> Goal {
        if let argument { return .upTo(try Self.version(argument)) }
        return .latest
    }
}
