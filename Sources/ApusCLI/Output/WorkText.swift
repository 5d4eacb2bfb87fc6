import ApusCore
import ApusEngine

/// Tells of the work on data migrations while it goes on.
final class WorkText: Sendable {
    private let console: Console
    private let heartbeat: Heartbeat

    init(console: Console) {
        self.console = console
        heartbeat = Heartbeat(console)
    }

    func handle(_ event: DataWorkEvent) {
        switch event {
        case .begun(let progress):
            console.print(
                "  ◐ \(progress.migration.title)  \(progress.rowsDone == 0 ? "begins" : "goes on behind \(progress.rowsDone) rows")"
            )
        case .step(let id, let event): heartbeat.beat(event, of: id.title)
        case .completed(let id):
            console.print("  \(console.paint("✓", .good)) \(id.title)  complete")
        case .stopped(let id, let state, let problem):
            console.print("  \(console.paint("✗", .bad)) \(id.title)  \(state.rawValue)")
            if let problem { console.report(problem) }
        case .needsHandler(let id, let name):
            console.print(
                "  ○ \(id.title)  left to the application, which has the data migration \(name)")
        case .elsewhere(let id): heartbeat.beat("\(id.title): another process works on it")
        }
    }
}
