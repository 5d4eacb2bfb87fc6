import ApusCore
import ApusEngine

/// What `migrate`, `rollback`, `baseline` and `repair` have in common: plan, show, ask, run, tell.
struct Change {
    let project: Project
    let migrator: Migrator
    let options: ChangeOptions
    /// The verb, for the commands that messages suggest.
    let command: String
    /// How a confirmation of the run is waited for, where one is wanted.
    var revert: RevertOptions?

    private var console: Console { project.console }

    func perform(_ goal: Goal) async throws(Diagnostics) -> ExitStatus {
        let accepted = try options.acceptBreaking.map { (text) throws(Diagnostics) in
            try Project.version(text)
        }
        let isSilent = options.jsonStream
        let (outlook, locks) = try await project.announcing(migrator, isQuiet: isSilent) {
            (migrator) throws(Diagnostics) in
            let outlook = try await migrator.outlook(goal)
            return (outlook, options.dryRun ? await PlannedLocksReport.of(outlook, migrator) : nil)
        }
        let plan = outlook.plan
        if !isSilent {
            PlanText(
                plan: plan, console: console, rehearsal: outlook.rehearsal, locks: locks
            )
            .print(withSQL: options.dryRun)
            if migrator.options.step.tracesLocks, !plan.isEmpty {
                console.print("  Locks are traced: the server is asked behind each statement.")
            }
        }
        if options.dryRun {
            if console.isJSON {
                console.document(
                    JSONDocument(
                        "plan", PlanBody(plan, migrator.driver.target, outlook.rehearsal, locks)
                    ).text)
            }
            console.print("Dry run: nothing was changed.")
            return .success
        }
        // Nobody is asked about a plan that may not be run.
        if let gate = migrator.options.rehearsal, let verdict = outlook.rehearsal {
            try gate.check(verdict, of: plan)
        }
        let news = try project.news(migrator)
        let consent = Consent(
            isProduction: project.isProduction, databaseName: databaseName,
            hasYes: options.yes, confirmed: options.confirm, acceptedBreaking: Set(accepted))
        try consent.check(plan, command: command, console: console)

        let text = RunText(console: console)
        let report = try await migrator.run(
            outlook, expecting: isInteractive ? plan.digest : nil
        ) { [console] event in
            news.take(event)
            if isSilent {
                console.document(EventBody.line(event))
            } else {
                text.handle(event)
            }
        }
        let status = try await finish(report, news)
        await news.end()
        return status
    }

    /// Where a person was shown the plan and agreed, exactly that plan is run.
    private var isInteractive: Bool { project.isProduction && console.canAsk && !options.yes }

    private var databaseName: String { migrator.driver.target.name }

    private func finish(_ report: Report, _ news: News) async throws(Diagnostics) -> ExitStatus {
        guard let entry = report.revert, let revert else {
            tell(report)
            document(report, nil)
            return report.failure.map { ExitStatus([$0]) } ?? .success
        }
        tell(report)
        let wait = ConfirmationWait(
            project: project, migrator: migrator, options: options, revert: revert, news: news)
        do throws(Diagnostics) {
            let (ending, status) = try await wait.wait(for: entry)
            document(report, ending)
            return report.failure.map { ExitStatus([$0]) } ?? status
        } catch {
            await news.end()
            throw error
        }
    }

    private func document(_ report: Report, _ ending: ConfirmationWait.Ending?) {
        guard console.isJSON else { return }
        var body = ReportBody(report, migrator.driver.target)
        body.revert = ending.map { ScheduleEntryBody($0.entry) }
        console.document(JSONDocument("run", body).text)
    }

    private func tell(_ report: Report) {
        let known = Set(report.plan.warnings)
        for warning in report.warnings where !known.contains(warning) { console.report(warning) }
        if let failure = report.failure {
            if !console.isJSON, !options.jsonStream { console.report(failure) }
        } else if report.run != nil, !options.jsonStream {
            console.answer(report.closing(project.applicationFlag))
        }
    }
}
