import ApusCore
import ApusEngine
import ApusWeb
import Foundation
import Logging
import Synchronization

extension Project {
    /// What apus.yaml says below `web`.
    func webSettings() throws(Diagnostics) -> WebSettings {
        guard let path = settings.file else { return WebSettings() }
        return try WebSettings.read(path: path)
    }

    /// Whom to tell, and the webhooks whose secret is not here: without it nothing can be signed.
    func webhooks(_ settings: WebSettings) -> (ready: [Webhook], missing: [WebSettings.Webhook]) {
        let variables = ProcessInfo.processInfo.environment
        var (ready, missing): ([Webhook], [WebSettings.Webhook]) = ([], [])
        for hook in settings.webhooks {
            if let secret = variables[hook.secretVariable], !secret.isEmpty {
                ready.append(
                    Webhook(
                        url: hook.url, secret: Secret(secret), allowsPrivate: hook.allowsPrivate))
            } else {
                missing.append(hook)
            }
        }
        return (ready, missing)
    }

    /// Who tells the webhooks what this command does. In production it is said which are not told;
    /// on a developer's machine the secrets are not expected.
    func news(_ migrator: Migrator) throws(Diagnostics) -> News {
        let (ready, missing) = webhooks(try webSettings())
        if isProduction {
            for hook in missing { console.report(hook.withoutSecret(.warning)) }
        }
        return News(
            ready, database: migrator.driver.target.name, person: migrator.options.startedBy)
    }
}

extension WebSettings.Webhook {
    func withoutSecret(_ severity: Diagnostic.Severity) -> Diagnostic {
        Diagnostic(
            .configurationInvalid,
            "webhook \(name): the variable \(secretVariable), which holds its secret, is not set",
            severity: severity)
    }
}

/// Tells the webhooks what one command does.
final class News: Sendable {
    private let notifier: Notifier
    private let person: String
    private let run = Mutex<RunID?>(nil)
    /// How long a command waits at its end for an address that does not answer.
    private static let grace = Duration.seconds(10)

    init(_ webhooks: [Webhook], database: String, person: String) {
        var logger = Logger(label: "apus.webhooks") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        notifier = Notifier(webhooks: webhooks, database: database, logger: logger)
        self.person = person
    }

    func take(_ event: RunEvent) {
        if case .runStarted(let id, _) = event { run.withLock { $0 = id } }
        notifier.take(event, run: run.withLock(\.self), by: person)
    }

    /// Tells what became of an entry of the schedule that was not run.
    func take(_ outcome: DueOutcome) { notifier.take(outcome) }

    /// Waits until what was told has arrived, with its further attempts as far as there is time.
    func end() async { await notifier.drain(grace: Self.grace, isHurried: false) }

    /// The same for a backup that was asked for alone, and failed.
    func end(backupFailed failure: Diagnostics) async {
        notifier.backupFailed(failure, by: person)
        await end()
    }
}
