import ApusCore
import ApusEngine
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOPosix
import Testing

@testable import ApusWeb

/// W13: nobody can take more than their share.
@Suite struct `Limits` {
    @Test func `W13: too many requests of one session are answered 429, another's go on`()
        async throws
    {
        let bench = try WebBench { $0.limits.requestsPerMinute = 3 }
        for _ in 1...3 { #expect(try await bench.get("/api/backups").status == 200) }
        let refused = try await bench.get("/api/backups")
        #expect(refused.status == 429)
        #expect(refused.headers[.retryAfter] != nil)
        #expect(try await bench.get("/api/backups", as: "olga").status == 200)
    }

    @Test(arguments: ["/api/version", "/metrics", "/health/ready"])
    func `W13: what is public has a limit of its own, by address`(_ path: String) async throws {
        let bench = try WebBench {
            $0.limits.requestsPerMinute = 1
            $0.limits.sharedRequestsPerMinute = 3
        }
        for _ in 1...3 {
            #expect(try await bench.send(.get, path, as: nil, from: "192.0.2.1").status != 429)
        }
        #expect(try await isRefused(path, bench))
        #expect(try await bench.send(.get, path, as: nil, from: "192.0.2.2").status != 429)
    }

    /// Whether one of some more requests is: on a slow machine the bucket may have filled by one.
    private func isRefused(_ path: String, _ bench: WebBench) async throws -> Bool {
        for _ in 1...5 {
            let answer = try await bench.send(.get, path, as: nil, from: "192.0.2.1")
            if answer.status == 429 { return answer.headers[.retryAfter] != nil }
        }
        return false
    }

    @Test func `W13: signing in has a limit by address`() async throws {
        let bench = try WebBench(authorizer: SignIn(isSecure: false)) {
            $0.limits.requestsPerMinute = 2
        }
        let path = "/admin/migrations/sign-in?once=guess"
        for _ in 1...2 {
            #expect(try await bench.send(.get, path, as: nil, from: "192.0.2.1").status == 410)
        }
        #expect(try await isRefused(path, bench))
        #expect(try await bench.send(.get, path, as: nil, from: "192.0.2.2").status == 410)
    }

    @Test func `W13: a bucket fills again`() {
        let rates = RateLimit(perMinute: 60)
        let now = ContinuousClock.now
        for _ in 1...60 { #expect(rates.take("a", now: now) == nil) }
        #expect(rates.take("a", now: now) == 1)
        #expect(rates.take("a", now: now + .seconds(1)) == nil)
    }

    @Test func `W13: a body over 64 KB is answered 413`() async throws {
        let bench = try WebBench()
        let large = String(repeating: "a", count: 65_537)
        let page = try await bench.post("/admin/migrations/runs", ["token": large])
        #expect(page.status == 413)
        let call = try await bench.call("/api/plans", large)
        #expect(call.status == 413)
        #expect(call.headers[.contentType] == "application/problem+json")
    }

    @Test func `W13: a client that sends its body too slowly is answered 408`() async throws {
        let bench = try WebBench { $0.limits.bodyTime = .milliseconds(50) }
        let router = Router(context: PeerContext.self)
        bench.administration.mount(on: router)
        try await Application(router: router).test(.live) { client in
            let port = try #require(client.port)
            let answer = try await RawClient.send(
                "POST /admin/migrations/runs HTTP/1.1\r\nHost: localhost\r\nX-Test-Person: ana\r\n"
                    + "Origin: http://localhost\r\nContent-Length: 100\r\n\r\ntok", to: port)
            #expect(answer.hasPrefix("HTTP/1.1 408"))
        }
    }

    @Test func `W13: open event streams are bounded, of a session and in all`() {
        let streams = StreamLimit(perSession: 2, inAll: 3)
        #expect(streams.open("a") && streams.open("a"))
        #expect(!streams.open("a"))
        #expect(streams.open("b"))
        #expect(!streams.open("c"))
        streams.close("a")
        #expect(streams.open("c"))
    }
}

/// Sends bytes as they are and reads what comes back first.
enum RawClient {
    static func send(_ text: String, to port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            for try await part in inbound { return String(buffer: part) }
            return ""
        }
    }
}
