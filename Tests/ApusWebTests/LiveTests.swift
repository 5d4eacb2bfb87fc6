import ApusCore
import ApusEngine
import ApusTesting
import Foundation
import HTTPTypes
import Testing

@testable import ApusWeb

/// What goes on is seen, whoever started it.
@Suite struct `Live runs` {
    static let slow = Dictionary(uniqueKeysWithValues: [
        WebBench.file("1.0.0", "first", up: "SELECT 1;", down: "SELECT 1;"),
        WebBench.file("1.1.0", "slow", up: "SELECT pg_sleep(1);", down: "SELECT 1;"),
        WebBench.file("1.2.0", "last", up: "SELECT 2;", down: "SELECT 1;"),
    ])

    /// A bench with a run of another process that does not end by itself.
    static func busy() async throws -> (WebBench, Task<Void, any Error>) {
        let bench = try WebBench(slow, driver: InMemoryDriver(holding: ["pg_sleep"]))
        let migrator = bench.migrator
        let (started, tell) = AsyncStream<Void>.makeStream()
        let run = Task {
            _ = try await migrator.migrate { event in
                if case .step(_, .statementStarted(0, _)) = event { tell.yield() }
            }
        }
        var steps = started.makeAsyncIterator()
        _ = await steps.next()
        _ = await steps.next()
        return (bench, run)
    }

    @Test func `a run of another process is shown with its steps, and actions are off`()
        async throws
    {
        let (bench, run) = try await Self.busy()
        defer { run.cancel() }
        let overview = try await bench.get("/admin/migrations")
        #expect(overview.body.contains("Run 1 is going on"))
        #expect(overview.body.contains("The next one can be started when it has ended"))
        #expect(!overview.body.contains("Review and run"))
        let page = try await bench.get("/admin/migrations/runs/1")
        #expect(page.body.contains("running"))
        #expect(page.body.contains("1 of 3 steps done"))
        #expect(page.body.contains("http-equiv=\"refresh\""))
        #expect(page.body.contains("It runs in another process"))
        #expect(try await bench.get("/api/runs/1").json["live"] as? Bool == true)
    }

    @Test func `of a run of another process that failed, the page says what failed and what to do`()
        async throws
    {
        let bench = try WebBench(driver: InMemoryDriver(failing: ["ALTER"]))
        let report = try await bench.migrator.migrate()
        let failure = try #require(report.failure)
        let page = try await bench.get("/admin/migrations/runs/1")
        #expect(page.body.contains(failure.message))
        #expect(page.body.contains("<code class=\"code\">statement-failed</code>"))
        #expect(page.body.contains("State: 1 of 2 steps done"))
        for step in DiagnosticCode.statementFailed.explanation.steps {
            #expect(page.body.contains(step.prefix { !"<>&\"'`".contains($0) }))
        }
    }

    @Test func `whoever wants to start another meanwhile is led to the one that goes on`()
        async throws
    {
        let bench = try WebBench(Self.slow, driver: InMemoryDriver(holding: ["pg_sleep"]))
        let ana = try await bench.form("/admin/migrations/plan", as: "ana")
        let olga = try await bench.form("/admin/migrations/plan", as: "olga")
        _ = try await bench.post("/admin/migrations/runs", ana, as: "ana")
        let second = try await bench.post("/admin/migrations/runs", olga, as: "olga")
        #expect(second.headers[.location] == "/admin/migrations/runs/1?already=1")
        await bench.administration.site.keeper.stop()
    }

    @Test func `stopping the server ends its runs in order`() async throws {
        let bench = try WebBench(Self.slow, driver: InMemoryDriver(holding: ["pg_sleep"]))
        let fields = try await bench.form("/admin/migrations/plan")
        _ = try await bench.post("/admin/migrations/runs", fields)
        await bench.administration.site.keeper.stop()
        let run = try await bench.migrator.run(RunID(1))
        #expect(run.status == .interrupted)
        #expect(run.endedAt != nil)
        #expect(try await bench.migrator.overview().activity == nil)
    }

    @Test func `a run is stopped by a confirmed POST, and that is audited`() async throws {
        let bench = try WebBench(Self.slow, driver: InMemoryDriver(holding: ["pg_sleep"]))
        _ = try await bench.post(
            "/admin/migrations/runs", try await bench.form("/admin/migrations/plan"))
        let page = try await bench.get("/admin/migrations/runs/1/cancel")
        let token = try #require(
            page.body.firstMatch(
                of: /action="\/admin\/migrations\/runs\/1\/cancel".*?name="token" value="([^"]*)"/
                    .dotMatchesNewlines()))
        let answer = try await bench.post(
            "/admin/migrations/runs/1/cancel", ["token": String(token.1)])
        #expect(answer.status == 303)
        try await bench.settled()
        #expect(try await bench.migrator.run(RunID(1)).status == .interrupted)
        #expect(try await bench.migrator.audit().contains { $0.action == "cancel" })
    }

    @Test func `a stream tells of a run until it is over, and replays for whoever returns`()
        async throws
    {
        let bench = try WebBench(driver: InMemoryDriver())
        try await bench.migrator.migrate()
        let all = try await bench.get("/api/runs/1/events")
        #expect(all.headers[.contentType] == "text/event-stream")
        #expect(all.body.contains("id: 1-0\nevent: entry"))
        #expect(all.body.contains("id: 2-0\nevent: entry"))
        #expect(all.body.contains("event: over"))
        let rest = try await bench.get("/api/runs/1/events", headers: [.lastEventID: "1-0"])
        #expect(!rest.body.contains("id: 1-0"))
        #expect(rest.body.contains("id: 2-0\nevent: entry"))
        let page = try await bench.get("/admin/migrations/runs/1/events")
        #expect(page.body.contains("event: state") && page.body.contains("event: over"))
    }

    @Test func `while a backup is taken from here, actions are off and say that`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        let path = "/admin/migrations/backups"
        let token = try await bench.token(on: "\(path)/new", to: path)
        async let taken = bench.post(path, ["token": token])
        // It may be over before the page is asked for: then there is nothing to be off.
        let page = try await bench.get("/admin/migrations")
        if page.body.contains("A backup for ana goes on") {
            #expect(!page.body.contains("Review and run"))
        }
        #expect(!page.body.contains("Another process holds the migration lock"))
        _ = try await taken
        try await bench.backedUp()
        #expect(bench.administration.site.jobs.goingOn == nil)
        #expect(try await bench.get("/admin/migrations").body.contains("Review and run"))
    }
}
