import ApusEngine
import AsyncHTTPClient
import Crypto
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Delivers documents to webhooks: signed, with a few attempts, and nowhere that a webhook must not
/// lead (W8).
final class WebhookSender: Sendable {
    private let logger: Logger
    private let pauses: [Duration]
    private let answerLimit: Duration
    private let isHurried = Mutex(false)

    /// - Parameters:
    ///   - pauses: Before each further attempt.
    ///   - answerLimit: How long an answer is waited for.
    init(
        logger: Logger,
        pauses: [Duration] = [.seconds(1), .seconds(5), .seconds(25), .seconds(120)],
        answerLimit: Duration = .seconds(10)
    ) {
        self.logger = logger
        self.pauses = pauses
        self.answerLimit = answerLimit
    }

    /// From now on each body is tried once: the server is about to end.
    func hurry() { isHurried.withLock { $0 = true } }

    /// Sends a body until it is taken or the attempts are used up; a cancelled task gives up.
    func deliver(_ body: String, event: String, to webhook: Webhook) async {
        for attempt in 0...pauses.count {
            do {
                if attempt > 0 {
                    if isHurried.withLock({ $0 }) { return }
                    try await Task.sleep(for: pauses[attempt - 1])
                }
                let status = try await send(body, event: event, to: webhook)
                if (200..<300).contains(status) { return }
                log("a webhook answered \(status)", webhook, attempt)
                // What is refused for good is not asked again; 408 and 429 are.
                if (400..<500).contains(status), status != 408, status != 429 { return }
            } catch let refusal as WebhookTarget.Refusal {
                log(refusal.reason, webhook, attempt)
                return
            } catch {
                log("a webhook could not be reached", webhook, attempt)
                if Task.isCancelled { return }
            }
        }
    }

    private func send(_ body: String, event: String, to webhook: Webhook) async throws -> Int {
        // Resolved again for each attempt, and the address that was looked at is the one that is
        // connected to.
        let target = try await WebhookTarget.resolve(webhook)
        var request = HTTPClientRequest(url: target.url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "user-agent", value: "apus")
        request.headers.add(name: "x-apus-event", value: event)
        let now = String(Int(Date().timeIntervalSince1970))
        request.headers.add(
            name: "x-apus-signature",
            value: "t=\(now),v1=\(Self.signature(now, body, webhook.secret.revealed))")
        request.body = .bytes(ByteBuffer(string: body))
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        let limit = TimeAmount(answerLimit)
        configuration.timeout = .init(connect: .seconds(5), read: limit)
        if let (host, address) = target.override { configuration.dnsOverride = [host: address] }
        return try await HTTPClient.withHTTPClient(configuration: configuration) { client in
            Int(try await client.execute(request, timeout: limit + .seconds(5)).status.code)
        }
    }

    /// HMAC-SHA256 over `TIMESTAMP.BODY`, in hexadecimal.
    static func signature(_ timestamp: String, _ body: String, _ secret: String) -> String {
        Opaque.hex(
            HMAC<SHA256>.authenticationCode(
                for: Data("\(timestamp).\(body)".utf8),
                using: SymmetricKey(data: Data(secret.utf8))))
    }

    private func log(_ message: String, _ webhook: Webhook, _ attempt: Int) {
        logger.warning(
            "\(message)",
            metadata: [
                "host": "\(URL(string: webhook.url)?.host() ?? "?")", "attempt": "\(attempt + 1)",
            ])
    }
}
