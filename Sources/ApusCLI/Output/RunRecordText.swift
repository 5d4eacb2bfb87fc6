import ApusCore
import ApusEngine

/// Runs of the past, for people.
struct RunRecordText {
    let console: Console

    /// One line of the list.
    func line(_ run: RunRecord) -> String {
        let (glyph, role) = Self.look(run.status)
        let number = Wording.padded("\(run.id)", 4)
        let status = Wording.padded(run.status.rawValue, 11)
        return
            "  \(console.paint(glyph, role)) \(number)  \(Wording.moment(run.startedAt))  \(console.paint(status, role))  \(Wording.padded(run.kind, 8))  \(took(run))  by \(run.startedBy)  \(run.summary)"
    }

    func print(_ run: RunRecord) {
        let (glyph, role) = Self.look(run.status)
        console.answer(
            "\(console.paint("\(glyph) Run \(run.id)", role)) · \(run.kind) · \(run.status.rawValue) · \(took(run))"
        )
        console.print("  \(run.summary)")
        console.print("  from \(Wording.version(run.from)) to \(Wording.version(run.to))")
        console.print(
            "  started \(Wording.moment(run.startedAt)) by \(run.startedBy) as database user \(run.databaseUser), apus \(run.toolVersion)"
        )
        if let ended = run.endedAt { console.print("  ended   \(Wording.moment(ended))") }
        if let backup = run.backupName { console.print("  backup  \(backup)") }
        for entry in run.journal {
            console.print(line(entry))
            if entry.status == .settled { continue }
            for step in run.locks where step.isOf(entry) {
                if step.hasWaited { console.print("      \(step.sentence)") }
                for line in step.held.lines(console) { console.print("      \(line)") }
            }
        }
        if let message = run.failureMessage {
            console.print("  \(console.paint("failed:", .bad)) \(message)")
        }
        if let code = run.failureCode { console.print("Next: apus explain \(code)") }
    }

    private func line(_ entry: JournalEntry) -> String {
        let (glyph, role): (String, Console.Role) =
            switch entry.status {
            case .started: ("◐", .warning)
            case .done: ("✓", .good)
            case .failed: ("✗", .bad)
            case .settled: ("·", .faint)
            }
        let facts = [
            entry.direction.rawValue, entry.status.rawValue,
            "\(entry.statementsDone) of \(entry.statementCount) statements",
            entry.duration.map(Wording.duration), entry.message,
        ]
        return
            "  \(console.paint(glyph, role)) \(entry.migration.title)  \(facts.compactMap(\.self).joined(separator: "  "))"
    }

    private func took(_ run: RunRecord) -> String {
        guard let ended = run.endedAt else { return "not ended" }
        return Wording.duration(
            .microseconds(ended.microseconds - run.startedAt.microseconds))
    }

    private static func look(_ status: RunStatus) -> (String, Console.Role) {
        switch status {
        case .running: ("◐", .pending)
        case .succeeded: ("✓", .good)
        case .failed: ("✗", .bad)
        case .interrupted: ("!", .warning)
        }
    }
}
