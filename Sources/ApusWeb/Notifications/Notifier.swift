public import ApusCore
public import ApusEngine
public import Logging
import Synchronization

/// Tells the configured addresses what runs do.
///
/// Told are: `run-started`, `run-succeeded`, `run-failed`, `run-blocked` (a step has waited for
/// a lock for ten seconds, once a step), `backup-failed`, `schedule-missed`, `schedule-refused`.
public final class Notifier: Sendable {
    private struct State {
        var deliveries: [Int: Task<Void, Never>] = [:]
        var count = 0
        /// The step whose waiting was told last, by run.
        var blocked: [RunID: MigrationID] = [:]
    }

    private let webhooks: [Webhook]
    private let sender: WebhookSender
    private let database: String
    private let state = Mutex(State())
    static let patience = Duration.seconds(10)

    /// - Parameters:
    ///   - database: The name that the webhooks are told.
    ///   - answerLimit: How long a webhook's answer is waited for.
    public init(
        webhooks: [Webhook], database: String, logger: Logger,
        answerLimit: Duration = .seconds(10)
    ) {
        self.webhooks = webhooks
        self.database = database
        sender = WebhookSender(logger: logger, answerLimit: answerLimit)
    }

    /// Tells of an event of a run, where it is worth telling.
    public func take(_ event: RunEvent, run: RunID?, by person: String) {
        guard !webhooks.isEmpty else { return }
        switch event {
        case .runStarted(let id, let plan): tell("run-started", id, person, text: plan.sentence)
        case .runEnded(let report):
            if let failure = report.failure {
                let isBackup = failure.code == .backupFailed || failure.code == .backupDamaged
                tell(
                    isBackup ? "backup-failed" : "run-failed", report.run, person,
                    text: failure.message, code: failure.code)
            } else {
                tell("run-succeeded", report.run, person, text: report.plan.sentence)
            }
        case .step(let id, .waitingForLock(let holder, let waited)) where waited >= Self.patience:
            let isNews = state.withLock { state in
                guard let run, state.blocked[run] != id else { return false }
                state.blocked[run] = id
                return true
            }
            let blocker = holder.map(Words.holder) ?? "another process"
            if isNews { tell("run-blocked", run, person, text: "\(id.title) waits for \(blocker)") }
        default: break
        }
    }

    /// Tells that a backup failed that no run had asked for.
    public func backupFailed(_ failure: Diagnostics, by person: String) {
        tell(
            "backup-failed", nil, person, text: failure.all[0].message, code: failure.all[0].code)
    }

    /// Tells that an entry of the schedule was not run; what was run has told of itself.
    public func take(_ outcome: DueOutcome) {
        guard case .refused(let problem) = outcome.ending else { return }
        tell(
            problem.code == .scheduleMissed ? "schedule-missed" : "schedule-refused", nil,
            outcome.entry.draft.createdBy, text: problem.message, code: problem.code)
    }

    /// Waits until what was sent is delivered, or for `grace`; then gives up what is not.
    ///
    /// - Parameter isHurried: The end of a run that was just stopped is told as well; an address that
    ///   was already found dead is not tried again.
    public func drain(grace: Duration = .seconds(5), isHurried: Bool = true) async {
        if isHurried { sender.hurry() }
        let deliveries = state.withLock { Array($0.deliveries.values) }
        let clock = Task {
            try await Task.sleep(for: grace)
            for delivery in deliveries { delivery.cancel() }
        }
        for delivery in deliveries { await delivery.value }
        clock.cancel()
    }

    private func tell(
        _ event: String, _ run: RunID?, _ person: String, text: String,
        code: DiagnosticCode? = nil
    ) {
        guard !webhooks.isEmpty else { return }
        let body = JSONAnswer.text(
            WebhookDocument(
                id: Opaque.random(bytes: 12), event: event, at: Timestamp.now.isoText,
                database: database, run: run?.number, by: person, text: text, code: code?.rawValue))
        for webhook in webhooks {
            state.withLock { state in
                state.count += 1
                let number = state.count
                state.deliveries[number] = Task {
                    await sender.deliver(body, event: event, to: webhook)
                    self.state.withLock { $0.deliveries[number] = nil }
                }
            }
        }
    }
}

/// `apus.webhook/1`: what is sent.
struct WebhookDocument: Encodable {
    var format = "apus.webhook/1"
    /// The same for every attempt to deliver it.
    var id: String
    var event: String
    var at: String
    var database: String
    var run: Int64?
    var by: String
    var text: String
    var code: String?
}
