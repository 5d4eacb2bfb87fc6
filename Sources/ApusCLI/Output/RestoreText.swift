import ApusCore
import ApusEngine

/// Tells of a restore while it goes on, and how it ended.
final class RestoreText: Sendable {
    private let console: Console
    private let meter = ByteMeter()
    private let heartbeat: Heartbeat

    init(console: Console) {
        self.console = console
        heartbeat = Heartbeat(console)
    }

    func handle(_ event: RestoreEvent) {
        switch event {
        case .verifying(let step):
            beat(
                "\(step.phase.words): \(meter.line(step.phase.rawValue, step.bytes, of: step.expected))"
            )
        case .verified(let entry):
            done(
                "verified \(entry.name): \(Wording.bytes(entry.bytes)), SHA-256 equal, read back in full"
            )
        case .cleared(let left):
            let origin = left.mark.map { " of \($0.backup), begun \($0.begunAt)" } ?? ""
            done("removed \(left.name), which an unfinished restore\(origin) had left")
        case .creating(let name): beat("making \(name)")
        case .loading(let bytes, let expected):
            beat("restoring: \(meter.line("loading", bytes, of: expected))")
        case .loaded(let name, let duration):
            done("restored into \(name)  \(Wording.duration(duration))")
        case .compared(let tables, let rows):
            done(
                "compared with the manifest: \(Wording.count(tables, "table")), \(Wording.grouped(rows)) rows"
            )
        case .recorded(let run, let closed):
            let others =
                closed.isEmpty
                ? ""
                : "; closed run \(closed.map(\.description).joined(separator: ", ")), which stood open"
            done("recorded as run \(run) of its history\(others)")
        case .exchanged(let exchange):
            for holder in exchange.ended { done("ended \(Wording.holder(holder))") }
            done("exchanged the names")
        }
    }

    func finish(_ report: RestoreReport, live: DatabaseTarget) {
        if let exchange = report.exchange {
            console.answer(Self.closing(exchange, live, report.version))
            return
        }
        console.answer("\(report.database.name) is at \(Wording.version(report.version)).")
        guard !report.exchangeCommands.isEmpty, report.failure == nil else { return }
        console.print(
            "\(live.name) was not touched. To put \(report.database.name) in its place, while nobody is connected:"
        )
        console.print("  apus restore --swap --into \(report.name.shellWord)")
        console.print("or by hand:")
        for command in report.exchangeCommands { console.print("  \(command)") }
    }

    /// `guests is what was restored; the database that it was is kept as guests_replaced_….`
    static func closing(
        _ exchange: Exchange, _ live: DatabaseTarget, _ version: SemanticVersion?? = nil
    ) -> String {
        let state = version.map { ", at \(Wording.version($0))" } ?? ""
        let kept = exchange.kept.map { " What it was before is kept as \($0)." } ?? ""
        return "\(live.name) is the restored database\(state).\(kept)\nNext: apus status"
    }

    private func done(_ line: String) {
        console.print("  \(console.paint("✓", .good)) \(line)")
    }

    private func beat(_ line: String) { heartbeat.beat(line) }
}
