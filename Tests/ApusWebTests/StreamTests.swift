import ApusCore
import ApusEngine
import ApusTesting
import Foundation
import HTTPTypes
import Testing

@testable import ApusWeb

/// W2, W13: streams are bounded, and end with the right to look.
@Suite(.timeLimit(.minutes(2))) struct `Streams` {
    private let path = "/admin/migrations/runs/1/events"

    @Test
    func `W13: a session's streams are bounded over the routes, and a dropped one counts no more`()
        async throws
    {
        let bench = try WebBench(driver: InMemoryDriver()) { $0.limits.streamsPerSession = 1 }
        try await bench.migrator.migrate()
        var first: Any? = try await bench.respond(.get, path, as: "ana")
        let second = try await bench.get(path)
        #expect(second.status == 429)
        #expect(second.headers[.retryAfter] != nil)
        #expect(try await bench.get("/api/runs/1/events").status == 429)
        #expect(try await bench.get(path, as: "olga").status == 200)
        // Its body was never written: the client was gone before.
        #expect(first != nil)
        first = nil
        #expect(try await bench.get(path).status == 200)
        #expect(try await bench.get(path).status == 200)
    }

    @Test func `W13: streams are bounded in all`() async throws {
        let bench = try WebBench(driver: InMemoryDriver()) { $0.limits.streams = 1 }
        try await bench.migrator.migrate()
        let first = try await bench.respond(.get, path, as: "ana")
        #expect(try await bench.get(path, as: "olga").status == 429)
        withExtendedLifetime(first) {}
    }

    @Test func `W2: a stream ends when whoever opened it has signed out`() async throws {
        let signIn = try `Signing in`.signIn()
        let (busy, run) = try await `Live runs`.busy()
        defer { run.cancel() }
        let bench = try WebBench(
            `Live runs`.slow, driver: busy.driver, authorizer: signIn
        ) { $0.limits.heartbeat = .milliseconds(20) }
        let id = signIn.sessions.start("vera", .read)
        let stream = Task {
            try await bench.get(
                "/api/runs/1/events", as: nil, headers: [.cookie: "apus-session=\(id)"])
        }
        while bench.administration.site.streams.isEmpty { await Task.yield() }
        signIn.sessions.end(id)
        let answer = try await stream.value
        #expect(answer.status == 200)
        #expect(!answer.body.contains("event: over"))
    }
}
