import ApusCore
import ApusEngine

/// What `schedule migrate` and `schedule rollback` have in common: plan, show, ask, write down.
struct Appointment {
    let project: Project
    let migrator: Migrator
    let options: ChangeOptions
    let timing: TimingOptions
    /// The verb, for the commands that messages suggest.
    let command: String

    private var console: Console { project.console }

    func make(_ goal: Goal) async throws(Diagnostics) -> ExitStatus {
        let accepted = try options.acceptBreaking.map { (text) throws(Diagnostics) in
            try Project.version(text)
        }
        let time = try timing.time(now: migrator.now())
        let outlook = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.outlook(goal)
        }
        let plan = outlook.plan
        PlanText(plan: plan, console: console, rehearsal: outlook.rehearsal)
            .print(withSQL: options.dryRun)
        time.notices.forEach(console.report)
        if !plan.changesNothing {
            let span = ScheduleText.span(time.notBefore, time.notAfter, by: "and")
            console.print("Begins between \(span) (\(time.said)).")
        }
        guard !options.dryRun, !plan.changesNothing else {
            if console.isJSON {
                console.document(
                    JSONDocument("plan", PlanBody(plan, migrator.driver.target, outlook.rehearsal))
                        .text)
            }
            console.print("\(options.dryRun ? "Dry run: nothing" : "Nothing") was scheduled.")
            return .success
        }
        let consent = Consent(
            isProduction: project.isProduction, databaseName: migrator.driver.target.name,
            hasYes: options.yes, confirmed: options.confirm, acceptedBreaking: Set(accepted))
        try consent.check(plan, command: command, console: console)
        guard
            let entry = try await migrator.schedule(goal, at: time, expecting: plan.digest)
        else {
            console.print("Nothing was scheduled.")
            return .success
        }
        if console.isJSON {
            console.document(
                JSONDocument("schedule-entry", ScheduleEntryBody(entry, migrator.driver.target))
                    .text)
        }
        console.answer("Scheduled as entry \(entry.id).")
        console.print(
            "Next: apus serve, or apus run-due from cron, runs it · apus schedule cancel \(entry.id)"
        )
        return .success
    }
}
