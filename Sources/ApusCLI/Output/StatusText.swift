import ApusCore
import ApusEngine

/// `apus status`, for people.
struct StatusText {
    let state: DatabaseState
    let console: Console
    let now: Timestamp

    func print() {
        console.print(summary)
        let width = state.migrations.map { $0.id.version.description.count }.max() ?? 0
        let nameWidth = state.migrations.map { $0.id.name.count }.max() ?? 0
        if !state.migrations.isEmpty {
            console.print(
                state.migrations.map { line($0, width, nameWidth) }.joined(separator: "\n"))
        }
        for entry in state.schedule.filter(\.isOpen).reversed() { console.print(line(entry)) }
        for diagnostic in state.drift + state.problems + reports { console.report(diagnostic) }
        console.print(next)
    }

    var summary: String {
        var parts = ["Database \(Wording.version(state.version))"]
        if let application = state.application {
            let needs = state.minimumDatabase.map { " needs ≥ \($0)" } ?? ""
            parts.append("application \(application)\(needs)")
        }
        let isCompatible = state.compatibility.isCompatible
        parts.append(
            console.paint(
                state.compatibility.verdict.rawValue.replacing("-", with: " "),
                isCompatible ? .good : .bad))
        parts += progress
        parts.append(state.hasDrift ? console.paint("drift", .bad) : "no drift")
        return parts.joined(separator: " · ")
    }

    /// What still has to be done, or that nothing has.
    private var progress: [String] {
        if case .absent(let tables) = state.history.registry, tables > 0 {
            return [console.paint("no history, \(Wording.count(tables, "table"))", .warning)]
        }
        let open: [(String, Int, Console.Role)] = [
            ("unfinished", state.count(of: .unfinished), .warning),
            ("late", state.count(of: .late), .warning),
            ("pending", state.pending.count, .pending),
        ]
        var parts = open.compactMap { word, count, role in
            count == 0 ? nil : console.paint("\(count) \(word)", role)
        }
        let incomplete = Set(state.history.incomplete.map(\.migration)).count
        if incomplete > 0 {
            parts.append(
                console.paint(
                    "\(Wording.count(incomplete, "data migration")) not complete", .warning))
        }
        let broken = Set(state.problems.map(\.location?.file)).count
        if broken > 0 {
            parts.append(console.paint(Wording.count(broken, "invalid file"), .bad))
        }
        if parts.isEmpty { parts = ["up to date"] }
        if let target = state.targetVersion, !state.beyondTarget.isEmpty {
            parts.append("\(state.beyondTarget.count) beyond the target \(target)")
        }
        return parts
    }

    private var reports: [Diagnostic] { ScheduleEntry.reports(state.schedule, now: now) }

    /// What waits for its time, or for its confirmation.
    private func line(_ entry: ScheduleEntry) -> String {
        let mark = console.paint("◷", entry.kind == .revert ? .warning : .pending)
        let begin = "\(Wording.moment(entry.draft.notBefore)) UTC"
        if let run = entry.draft.reverts {
            return
                "  \(mark) run \(run) is taken back at \(begin) unless it is confirmed: apus confirm \(run)"
        }
        let time = entry.state == .running ? "running" : begin
        return "  \(mark) scheduled, entry \(entry.id): \(time)  \(entry.draft.summary)"
    }

    private func line(_ migration: MigrationState, _ width: Int, _ nameWidth: Int) -> String {
        let (glyph, role) = Self.look(migration.status)
        let head =
            "  \(console.paint(glyph, role)) \(Wording.padded(migration.id.version.description, width))  \(Wording.padded(migration.id.name, nameWidth))  "
        let word = console.paint(Wording.padded(migration.status.rawValue, 8), role)
        return head + word + tail(migration)
    }

    private func tail(_ migration: MigrationState) -> String {
        if let unfinished = migration.unfinished {
            return
                " statement \(unfinished.statementsDone) of \(unfinished.statementCount) done (run \(unfinished.run), \(unfinished.direction.rawValue))"
        }
        if let applied = migration.applied {
            let how = applied.isBaseline ? "baseline" : Wording.duration(applied.duration)
            let batches = state.history.incomplete.first { $0.migration == migration.id }.map {
                "  batches \($0.state.rawValue), \(Wording.progress($0))"
            }
            return
                " \(Wording.moment(applied.appliedAt))  by \(applied.appliedBy)  \(how)\(batches ?? "")"
        }
        return " rollback: \(migration.canRollBack ? "yes" : "no")"
    }

    static func look(_ status: MigrationState.Status) -> (String, Console.Role) {
        switch status {
        case .applied: ("✓", .good)
        case .pending: ("○", .pending)
        case .unfinished: ("◐", .warning)
        case .late: ("▲", .warning)
        case .missing: ("?", .bad)
        case .changed: ("≠", .bad)
        case .invalid: ("✗", .bad)
        }
    }

    private var next: String {
        let command =
            if case .absent(let tables) = state.history.registry, tables > 0 {
                "apus baseline VERSION"
            } else if state.hasDrift {
                "apus verify"
            } else if !state.problems.isEmpty {
                "apus verify --files"
            } else if state.count(of: .unfinished) > 0 {
                "apus migrate"
            } else if let stopped = state.history.incomplete.first(where: { $0.state != .open }) {
                "apus data resume \(stopped.migration.reference)"
            } else if !state.history.incomplete.isEmpty {
                "apus work"
            } else if state.migrations.isEmpty {
                "apus create-migration VERSION NAME"
            } else {
                state.pending.isEmpty ? "apus version info" : "apus plan"
            }
        return "Next: \(command)"
    }
}
