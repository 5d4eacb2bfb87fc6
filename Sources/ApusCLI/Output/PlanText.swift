import ApusCore
import ApusEngine
import ApusLint

/// A plan, for people.
struct PlanText {
    let plan: Plan
    let console: Console
    /// What the gate says to it; `nil` where no rehearsal is required.
    var rehearsal: RehearsalGate.Verdict?
    /// `nil` where locks are not predicted.
    var locks: PlannedLocksReport?

    /// The sentence, the steps, and what must be known before running them.
    func print(withSQL: Bool) {
        console.answer(plan.sentence)
        printSteps(withSQL: withSQL)
        for change in plan.breakingChanges {
            console.print(
                "  \(console.paint("!", .warning)) breaking in \(change.version): \(change.text)")
        }
        if let stop = plan.stop {
            console.print(
                "  Stops at \(stop), a required stop: deploy that release's application, then run apus migrate again."
            )
        }
        if !plan.remaining.isEmpty, plan.steps.first?.direction != .down {
            console.print(
                "  \(Wording.count(plan.remaining.count, "migration")) left for later: \(remaining)"
            )
        }
        if let rehearsal, let line = line(rehearsal) { console.print("  \(line)") }
        if let problem = locks?.problem {
            console.print("  The tables' sizes are not known: \(problem.message)")
        }
        for warning in plan.warnings { console.report(warning) }
    }

    private func line(_ verdict: RehearsalGate.Verdict) -> String? {
        switch verdict {
        case .unneeded: nil
        case .open(let record, let age):
            "Rehearsed \(Wording.moment(record.passedAt)) with \(record.backup), \(Wording.age(age)) old: it may be run."
        case .closed(.neverRehearsed): "Not rehearsed. \(wantedRehearsal)"
        case .closed(.outdated(let record, let age)):
            "Rehearsed with \(record.backup), which is \(Wording.age(age)) old. \(wantedRehearsal)"
        }
    }

    private var wantedRehearsal: String {
        let start = plan.isRollback ? ", with a backup from before what is undone" : ""
        return
            "It may not be run before this has passed\(start): \(RehearsalGate.commands(for: plan))"
    }

    private var remaining: String {
        let titles = plan.remaining.prefix(3).map(\.title).joined(separator: ", ")
        return plan.remaining.count > 3 ? titles + ", …" : titles
    }

    private func printSteps(withSQL: Bool) {
        for (index, step) in plan.steps.enumerated() {
            console.print("  \(index + 1). \(Self.describe(step))")
            for line in locks?.locks.lines(of: index, step) ?? [] {
                console.print("       \(line)")
            }
            guard withSQL, step.action == .run else { continue }
            step.script.forEachStatement(in: step.source) { _, statement in
                let text = step.source.text(statement.range)
                for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                    console.print("       \(line)")
                }
                console.print("       ;")
            }
        }
    }

    static func describe(_ step: Step) -> String {
        switch (step.action, step.direction) {
        case (.run, _): break
        case (.record, .up): return "mark \(step.id.title)  (recorded only)"
        case (.record, .down): return "mark \(step.id.title)  (as not applied, nothing is run)"
        case (.accept, _): return "mark \(step.id.title)  (with the file's text, nothing is run)"
        case (.settle, _): return "mark \(step.id.title)  (as applied in full, nothing is run)"
        }
        var facts = [Wording.count(step.script.statementCount, "statement")]
        let tables = Set(step.script.batches.values.map(\.table)).sorted()
        if !tables.isEmpty {
            facts.append("in batches over \(tables.joined(separator: ", "))")
        } else if step.script.transaction == .none {
            facts.append("no transaction")
        }
        if step.firstStatement > 0 {
            facts.append("resumes at statement \(step.firstStatement + 1)")
        }
        if step.direction == .down {
            facts.append(
                step.origin == .stored
                    ? "down section kept when applied" : "down section of the file")
            if !DataLoss.losses(of: step).isEmpty { facts.append("loses data") }
        }
        let verb = step.direction == .up ? "up  " : "down"
        return "\(verb) \(step.id.title)  (\(facts.joined(separator: ", ")))"
    }
}
