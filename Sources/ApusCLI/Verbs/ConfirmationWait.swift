import ApusCore
import ApusEngine

/// Stays behind a run until it is confirmed or taken back.
struct ConfirmationWait {
    let project: Project
    let migrator: Migrator
    let options: ChangeOptions
    let revert: RevertOptions
    let news: News

    private var console: Console { project.console }

    /// Waits, and says how that ended: the entry, and the code that it leads to.
    func wait(for entry: ScheduleID) async throws(Diagnostics) -> (Ending, ExitStatus) {
        let waiting = try await migrator.scheduled(entry)
        guard waiting.state == .waiting, let run = waiting.draft.reverts else {
            return (Ending(waiting, nil), .success)
        }
        stream("awaiting-confirmation", run, text: waiting.draft.notBefore.isoText)
        tell(
            "Run \(run) is taken back at \(Wording.moment(waiting.draft.notBefore)) UTC unless it is confirmed: apus confirm \(run)"
        )
        guard !revert.noWait else {
            tell("apus serve or apus run-due takes it back.")
            return (Ending(waiting, nil), .success)
        }
        let text = RunText(console: console)
        let end = try await migrator.awaitConfirmation(
            of: entry, health: try revert.healthCommand(),
            progress: { [console] _, left in
                console.progress("  ◐ waits for apus confirm \(run), \(Wording.age(left)) left")
            },
            events: { [console, news, options] event in
                news.take(event)
                if options.jsonStream {
                    console.document(EventBody.line(event))
                } else {
                    text.handle(event)
                }
            })
        return outcome(end, run)
    }

    private func outcome(_ end: ConfirmationEnd, _ run: RunID) -> (Ending, ExitStatus) {
        switch end {
        case .confirmed(let entry):
            stream("confirmed", run, text: entry.message)
            tell("Run \(run) is \(entry.message ?? "confirmed") and stays.")
            return (Ending(entry, nil), .success)
        case .reverted(let entry, let why):
            let problem = Diagnostic(
                .notConfirmed, "run \(run) was taken back: \(why)",
                state: "the database is as it was before run \(run).",
                help: [entry.run.map { "apus runs show \($0)" } ?? "apus status"])
            stream("not-confirmed", run, problem)
            report(problem)
            return (Ending(entry, problem), ExitStatus([problem]))
        case .left(let entry, let problem):
            stream("not-confirmed", run, problem)
            report(problem)
            return (Ending(entry, problem), ExitStatus([problem]))
        }
    }

    /// What a wait ended with, for the document.
    struct Ending {
        var entry: ScheduleEntry
        var problem: Diagnostic?

        init(_ entry: ScheduleEntry, _ problem: Diagnostic?) {
            self.entry = entry
            self.problem = problem
        }
    }

    private func stream(
        _ event: String, _ run: RunID, _ problem: Diagnostic? = nil, text: String? = nil
    ) {
        guard options.jsonStream else { return }
        console.document(EventBody.line(event, of: run, text: text, problem))
    }

    private func tell(_ line: String) { if !options.jsonStream { console.answer(line) } }

    private func report(_ problem: Diagnostic) {
        if !console.isJSON, !options.jsonStream { console.report(problem) }
    }
}
