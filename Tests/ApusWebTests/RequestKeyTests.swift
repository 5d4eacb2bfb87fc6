import ApusCore
import ApusEngine
import ApusTesting
import Foundation
import HTTPTypes
import Testing

@testable import ApusWeb

/// W11: a request that is sent again leads to what it led to, wherever it is sent.
@Suite struct `Request keys` {
    private func request(_ bench: WebBench, _ goal: String = "") async throws -> String {
        let plan = try await bench.call("/api/plans", "{\(goal)}").json
        let digest = try #require(plan["digest"] as? String)
        return "{\(goal.isEmpty ? "" : goal + ",")\"digest\":\"\(digest)\"}"
    }

    @Test func `W11: a key that is sent to a second process during the run leads to the same run`()
        async throws
    {
        let driver = InMemoryDriver(holding: ["pg_sleep"])
        let first = try WebBench(`Live runs`.slow, driver: driver)
        let second = try WebBench(`Live runs`.slow, driver: driver)
        let body = try await request(first)
        #expect(try await first.call("/api/runs", body, key: "k").status == 202)
        let during = try await second.call("/api/runs", body, key: "k")
        #expect(during.status == 202)
        #expect(during.json["run"] as? Int == 1)
        #expect(during.json["live"] as? Bool == true)
        await first.administration.site.keeper.stop()
        let after = try await second.call("/api/runs", body, key: "k")
        #expect(after.status == 202)
        #expect(after.json["run"] as? Int == 1)
    }

    @Test func `W11: a key that was used for something else is answered 422`() async throws {
        let driver = InMemoryDriver()
        let bench = try WebBench(`Live runs`.slow, driver: driver)
        let one = try await request(bench, "\"to\":\"1.0.0\"")
        let all = try await request(bench)
        #expect(try await bench.call("/api/runs", one, key: "k").status == 202)
        let other = try await bench.call("/api/runs", all, key: "k")
        #expect(other.status == 422)
        #expect(other.json["parameter"] as? String == "Idempotency-Key")
        try await bench.settled()
        // A process that did not see the first one asks the database.
        let second = try WebBench(`Live runs`.slow, driver: driver)
        #expect(try await second.call("/api/runs", all, key: "k").status == 422)
        #expect(try await bench.migrator.runs().count == 1)
    }

    @Test func `W11: a key whose process ended before it began a run is told of that`()
        async throws
    {
        let bench = try WebBench()
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        _ = try await bench.migrator.recordIntent(
            AuditIntent(
                person: "ana", action: "migrate", subject: "everything pending",
                key: "api \(Opaque.id(of: "session of ana")) k"))
        let body = try await request(bench)
        let answer = try await bench.call("/api/runs", body, key: "k")
        #expect(answer.status == 409)
        #expect((answer.json["title"] as? String)?.contains("has not begun") == true)
        #expect(try await bench.call("/api/runs", body, key: "k2").status == 202)
    }

    @Test func `W11: a backup's form that is sent twice takes one backup`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        let before = try bench.migrator.ownBackups().count
        let path = "/admin/migrations/backups"
        let token = try await bench.token(on: "\(path)/new", to: path)
        #expect(try await bench.post(path, ["token": token]).status == 303)
        try await bench.backedUp()
        #expect(try await bench.post(path, ["token": token]).status == 303)
        // Another process has no memory of it; the audit has.
        let intent = try #require(try await bench.migrator.audit().first)
        #expect(intent.action == "backup" && intent.outcome == "done")
        #expect(try bench.migrator.ownBackups().count == before + 1)
    }

    @Test func `a form whose backup could not begin may be sent again`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        let path = "/admin/migrations/backups"
        let token = try await bench.token(on: "\(path)/new", to: path)
        try bench.execute(
            "CREATE TRIGGER full BEFORE INSERT ON apus_audit BEGIN SELECT raise(ABORT, 'no'); END")
        #expect(try await bench.post(path, ["token": token]).status >= 400)
        try bench.execute("DROP TRIGGER full")
        #expect(try await bench.post(path, ["token": token]).status == 303)
        try await bench.backedUp()
        #expect(try await bench.migrator.audit().first?.outcome == "done")
    }

    @Test func `a server that is told to stop takes no more backups`() async throws {
        let bench = try WebBench()
        try await bench.migrator.migrate(to: SemanticVersion(1, 0, 0))
        let path = "/admin/migrations/backups"
        let token = try await bench.token(on: "\(path)/new", to: path)
        await bench.administration.site.jobs.stop()
        #expect(try await bench.post(path, ["token": token]).status == 503)
    }
}
