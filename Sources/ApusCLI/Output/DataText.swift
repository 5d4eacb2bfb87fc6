import ApusCore
import ApusEngine

/// Data migrations for people.
struct DataText {
    let console: Console

    /// - Parameter applied: The migrations that the history has: the batches of others belong to a run in
    ///   the foreground. `nil`: all of these are.
    func list(_ all: [DataMigrationProgress], applied: Set<MigrationID>? = nil) {
        guard !all.isEmpty else {
            console.answer("No data migrations: none was begun here.")
            return
        }
        lines(all)
        let open = all.filter { $0.state == .open }
        if open.contains(where: { applied?.contains($0.migration) ?? true }) {
            console.print("Next: apus work")
        }
        if let foreground = open.first(where: { !(applied?.contains($0.migration) ?? true) }) {
            console.print("Run \(foreground.run) does it; where that is over: apus migrate")
        }
        if let stopped = all.first(where: { [.failed, .paused, .cancelled].contains($0.state) }) {
            console.print("Next: apus data resume \(stopped.migration.reference)")
        }
    }

    func lines(_ all: [DataMigrationProgress]) {
        let counts = Dictionary(grouping: all, by: \.migration).mapValues(\.count)
        for progress in all {
            let place =
                counts[progress.migration] == 1 ? "" : ", statement \(progress.statement + 1)"
            let mark: String
            switch progress.state {
            case .done: mark = console.paint("✓", .good)
            case .open: mark = "◐"
            case .paused: mark = "○"
            case .cancelled, .failed: mark = console.paint("✗", .bad)
            }
            console.answer(
                "\(mark) \(progress.migration.title)\(place)  \(progress.state.rawValue)  \(Wording.progress(progress))"
            )
            if let message = progress.message { console.print("    \(message)") }
        }
    }
}
