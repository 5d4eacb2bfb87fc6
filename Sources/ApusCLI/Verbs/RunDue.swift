import ApusCore
import ApusEngine
import ArgumentParser

/// `apus run-due`
struct RunDue: Verb {
    static let configuration = CommandConfiguration(
        commandName: "run-due",
        abstract: "Run what is due now, and end: for cron and Kubernetes.",
        discussion: """
            Of many that run at once, one takes each entry. Ends with 0 where nothing was due, otherwise \
            with the code of the first run that did not succeed.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var project: ProjectOptions

    func run(in project: Project) async throws(Diagnostics) -> ExitStatus {
        let migrator = try project.migrator()
        let console = project.console
        let news = try project.news(migrator)
        let text = RunText(console: console)
        let outcomes = try await project.announcing(migrator) { (migrator) throws(Diagnostics) in
            try await migrator.runDue { entry, event in
                news.take(event)
                if case .runStarted(_, let plan) = event {
                    console.print("Entry \(entry.id): \(plan.sentence)")
                }
                text.handle(event)
            }
        }
        for outcome in outcomes { news.take(outcome) }
        await news.end()
        if console.isJSON {
            console.document(
                JSONDocument("due", DueBody(outcomes, migrator.driver.target)).text)
        } else {
            for outcome in outcomes { tell(outcome, console) }
            if outcomes.isEmpty { console.print("Nothing is due.") }
        }
        return Self.status(of: outcomes)
    }

    private func tell(_ outcome: DueOutcome, _ console: Console) {
        if let problem = outcome.problem { console.report(problem) }
        if let report = outcome.report, report.failure == nil {
            console.answer("Entry \(outcome.entry.id): \(report.closing())")
        }
    }

    /// What was missed is no error of this command's, and yet nobody should take it for success.
    private static func status(of outcomes: [DueOutcome]) -> ExitStatus {
        outcomes.compactMap(\.problem).first.map { ExitStatus($0.code.outcome) } ?? .success
    }
}
