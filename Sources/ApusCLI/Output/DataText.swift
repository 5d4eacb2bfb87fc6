import ApusCore
import ApusEngine

/// Data migrations for people.
struct DataText {
    let console: Console

    func list(_ all: [DataMigrationProgress]) {
        guard !all.isEmpty else {
            console.answer("No data migrations: none was begun here.")
            return
        }
        lines(all)
        if all.contains(where: { $0.state == .open }) { console.print("Next: apus work") }
        if let stopped = all.first(where: { [.failed, .paused, .cancelled].contains($0.state) }) {
            console.print("Next: apus data resume \(stopped.migration.reference)")
        }
    }

    func lines(_ all: [DataMigrationProgress]) {
        for progress in all {
            let mark: String
            switch progress.state {
            case .done: mark = console.paint("✓", .good)
            case .open: mark = "◐"
            case .paused: mark = "○"
            case .cancelled, .failed: mark = console.paint("✗", .bad)
            }
            console.answer(
                "\(mark) \(progress.migration.title)  \(progress.state.rawValue)  \(Wording.progress(progress))"
            )
            if let message = progress.message { console.print("    \(message)") }
        }
    }
}
