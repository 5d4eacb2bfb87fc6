import ApusCore
import ApusEngine
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
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
}
