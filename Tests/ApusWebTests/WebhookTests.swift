import ApusCore
import ApusEngine
import ApusTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import ApusWeb

/// W8: where webhooks lead, and what they carry.
@Suite struct `Webhooks` {
    @Test(
        arguments: [
            [127, 0, 0, 1], [10, 1, 2, 3], [172, 16, 0, 1], [172, 31, 255, 255], [192, 168, 1, 1],
            [169, 254, 169, 254], [0, 0, 0, 0], [100, 64, 0, 1], [224, 0, 0, 1],
            [255, 255, 255, 255],
        ] as [[UInt8]])
    func `W8: addresses of this machine and of private networks are private`(_ address: [UInt8]) {
        #expect(WebhookTarget.isPrivate(address))
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + address
        #expect(WebhookTarget.isPrivate(mapped))
    }

    @Test(
        arguments: [[8, 8, 8, 8], [172, 32, 0, 1], [192, 169, 0, 1], [100, 128, 0, 1]] as [[UInt8]])
    func `W8: others are not`(_ address: [UInt8]) {
        #expect(!WebhookTarget.isPrivate(address))
    }

    @Test func `W8: addresses of IPv6 are told apart as well`() {
        func bytes(_ first: [UInt8], _ last: [UInt8] = []) -> [UInt8] {
            first + [UInt8](repeating: 0, count: 16 - first.count - last.count) + last
        }
        #expect(WebhookTarget.isPrivate(bytes([], [1])))
        #expect(WebhookTarget.isPrivate(bytes([0xFE, 0x80], [1])))
        #expect(WebhookTarget.isPrivate(bytes([0xFD, 0x00], [1])))
        #expect(!WebhookTarget.isPrivate(bytes([0x26, 0x06, 0x47, 0x00], [1])))
    }

    @Test(arguments: [
        "http://example.com/", "ftp://example.com/", "https://localhost/", "https://127.0.0.1/",
        "https://[::1]/", "https://user:x@example.com/", "nonsense",
    ])
    func `W8: a webhook is not sent where it must not lead`(_ url: String) async throws {
        await #expect(throws: WebhookTarget.Refusal.self) {
            try await WebhookTarget.resolve(Webhook(url: url, secret: Secret("s")))
        }
    }

    @Test func `a webhook is signed, tried again, and told of a run's start and end`() async throws
    {
        let got = Mutex<[(HTTPFields, String)]>([])
        let router = Router()
        router.post("hook") { request, _ in
            let body = try await request.body.collect(upTo: 65_536)
            return got.withLock { got in
                got.append((request.headers, String(buffer: body)))
                return got.count == 1 ? HTTPResponse.Status.internalServerError : .ok
            }
        }
        try await Application(router: router).test(.live) { client in
            let port = try #require(client.port)
            let sender = WebhookSender(
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                pauses: [.milliseconds(1)])
            let webhook = Webhook(
                url: "http://127.0.0.1:\(port)/hook", secret: Secret("key"), allowsPrivate: true)
            await sender.deliver("{\"a\":1}", event: "run-started", to: webhook)
        }
        let all = got.withLock { $0 }
        #expect(all.count == 2)
        let (headers, body) = try #require(all.last)
        let signature = try #require(headers[HTTPField.Name("X-Apus-Signature")!])
        let parts = signature.split(separator: ",").map { $0.split(separator: "=")[1] }
        #expect(WebhookSender.signature(String(parts[0]), body, "key") == parts[1])
        #expect(headers[HTTPField.Name("X-Apus-Event")!] == "run-started")
    }

    @Test func `W8: a webhook follows no redirect`() async throws {
        let reached = Mutex(0)
        let router = Router()
        router.post("hook") { _, _ in
            Response(status: .temporaryRedirect, headers: [.location: "/elsewhere"])
        }
        router.post("elsewhere") { _, _ in
            reached.withLock { $0 += 1 }
            return HTTPResponse.Status.ok
        }
        try await Application(router: router).test(.live) { client in
            let port = try #require(client.port)
            let sender = WebhookSender(
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, pauses: [])
            await sender.deliver(
                "{}", event: "run-started",
                to: Webhook(
                    url: "http://127.0.0.1:\(port)/hook", secret: Secret("key"),
                    allowsPrivate: true))
        }
        #expect(reached.withLock { $0 } == 0)
    }

    /// Takes what is sent to it, after a while.
    private final class Receiver: Sendable {
        func events(
            _ after: Duration = .zero, _ body: @escaping @Sendable (Webhook) async throws -> Void
        ) async throws
            -> [String]
        {
            let router = Router()
            router.post("hook") { request, _ in
                let body = try await request.body.collect(upTo: 65_536)
                let text = String(buffer: body)
                try await Task.sleep(for: after)
                self.kept.withLock { $0.append(text) }
                return HTTPResponse.Status.ok
            }
            try await Application(router: router).test(.live) { client in
                let port = try #require(client.port)
                try await body(
                    Webhook(
                        url: "http://127.0.0.1:\(port)/hook", secret: Secret("key"),
                        allowsPrivate: true))
            }
            return kept.withLock { $0 }
        }

        private let kept = Mutex<[String]>([])
    }

    private func notifier(_ webhook: Webhook) -> Notifier {
        Notifier(webhooks: [webhook], database: "trips", logger: LogLines.none)
    }

    @Test func `runs are told when they start, succeed, fail and wait for a lock for long`()
        async throws
    {
        let got = try await Receiver().events { webhook in
            let notifier = notifier(webhook)
            let good = try WebBench(driver: InMemoryDriver())
            try await good.migrator.migrate { notifier.take($0, run: RunID(1), by: "ana") }
            await notifier.drain(grace: .seconds(60))
            let bad = try WebBench(driver: InMemoryDriver(failing: ["ALTER"]))
            try await bad.migrator.migrate { notifier.take($0, run: RunID(1), by: "ana") }
            await notifier.drain(grace: .seconds(60))
            let id = try #require(MigrationID("20250101_000000_1.1.0_notes"))
            let holder = LockHolder(processID: 4121)
            for seconds in [1, 11, 12] {
                notifier.take(
                    .step(id, .waitingForLock(holder, waited: .seconds(seconds))), run: RunID(2),
                    by: "ana")
            }
            notifier.backupFailed(
                Diagnostics([Diagnostic(.backupFailed, "no room")]), by: "ana")
            await notifier.drain(grace: .seconds(60))
        }
        let events = got.compactMap { $0.firstMatch(of: /"event":"([^"]*)"/).map { String($0.1) } }
        #expect(
            events.sorted() == [
                "backup-failed", "run-blocked", "run-failed", "run-started", "run-started",
                "run-succeeded",
            ])
        let blocked = got.first { $0.contains("run-blocked") } ?? ""
        #expect(blocked.contains("waits for pid 4121"))
        #expect(blocked.contains("\"format\":\"apus.webhook/1\"") && blocked.contains("\"run\":2"))
    }

    @Test func `what was told last is still sent when the server ends`() async throws {
        let log = LogLines()
        let got = try await Receiver().events(.milliseconds(200)) { webhook in
            let notifier = Notifier(webhooks: [webhook], database: "trips", logger: log.logger)
            notifier.backupFailed(Diagnostics([Diagnostic(.backupFailed, "no room")]), by: "ana")
            await notifier.drain(grace: .seconds(60))
        }
        #expect(got.count == 1)
        #expect(log.all.isEmpty)
    }

    @Test(.timeLimit(.minutes(5)))
    func `an address that does not answer keeps the server from ending for the grace alone`()
        async throws
    {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let webhook = Webhook(
            url: "http://127.0.0.1:\(silent.localAddress?.port ?? 0)/hook", secret: Secret("key"),
            allowsPrivate: true)
        let notifier = Notifier(
            webhooks: [webhook], database: "trips", logger: LogLines.none,
            answerLimit: .seconds(86_400))
        notifier.backupFailed(Diagnostics([Diagnostic(.backupFailed, "no room")]), by: "ana")
        // By itself the attempt would end tomorrow.
        await notifier.drain(grace: .milliseconds(50))
        try await silent.close()
    }

    @Test func `W8: a name that leads inside is refused, and where one may lead is connected to`()
        async throws
    {
        let inside = Webhook(url: "https://hooks.example/x", secret: Secret("s"))
        await #expect(throws: WebhookTarget.Refusal.self) {
            try await WebhookTarget.resolve(inside) { _, _ in [[203, 0, 113, 9], [10, 0, 0, 1]] }
        }
        let target = try await WebhookTarget.resolve(inside) { name, port in
            #expect(name == "hooks.example" && port == 443)
            return [[203, 0, 113, 9]]
        }
        // Whatever the name means a moment later, this is the address that was looked at.
        #expect(target.override?.host == "hooks.example")
        #expect(target.override?.address == "203.0.113.9")
    }
}
